"""The table of services: one module each, imported at start; add a line for a new one."""

MODULES = ("identity", "audit")
