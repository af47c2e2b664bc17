"""The table of services: one module each, imported at start."""

MODULES = (
    "identity",
    "core",
    "object_storage",
    "key_management",
    "vault",
    "secrets",
    "artifacts",
    "audit",
    "container_instances",
    "load_balancer",
    "monitoring",
    "ons",
)
