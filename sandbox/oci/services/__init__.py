"""The table of services: one module each, imported at start; add a line for a new one."""

MODULES = (
    "identity",
    "core",
    "object_storage",
    "key_management",
    "vault",
    "secrets",
    "artifacts",
    "container_instances",
    "load_balancer",
    "monitoring",
    "ons",
    "audit",
    "queue",
    "dns",
    "psql",
    "logging",
    "loggingingestion",
    "loggingsearch",
    "certificates_management",
    "budget",
)
