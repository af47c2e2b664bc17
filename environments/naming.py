"""How every resource is called: the one place that makes names."""

import re
from collections.abc import Iterable

SLUG = re.compile(r"[a-z][a-z0-9]{1,11}")
PREFIX = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")  # a repository's path takes no other signs
TAG_VARIABLE = "${"  # OCI puts something else in its place, so the tag never is as it was set
SECRETS = ("DATABASE_URL", "OPENAI_API_KEY", "INSTRUCTOR_USERNAME", "INSTRUCTOR_PASSWORD")
# made by Vault, read by the database service alone
DATABASE_PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - the name of a secret
ALL_SECRETS = (*SECRETS, DATABASE_PASSWORD)
CDN_PURGE_TOKEN = "CDN_PURGE_TOKEN"  # noqa: S105 - the name of a secret
READ_SECRETS = (*SECRETS, CDN_PURGE_TOKEN)  # whose values the portal reads, into memory alone
READ_BUCKETS = ("frontend-static", "backups")  # whose objects the portal reads
BUCKETS = ("frontend-static", "uploads", "exports", "backups")
REPOSITORIES = ("api", "worker")
TAG_KEYS = ("project", "env", "owner", "costCenter")
PEOPLE = {
    "admins": "Administrators of the portal",
    "deployers": "Release and apply",
    "ops-readonly": "Watch over operations",
}
BUDGET_ALERTS = (50, 75, 90)  # percent of a budget at which somebody is told
BACKEND_SET = "api"
LISTENER = "http"
SECURE_LISTENER = "https"
REDIRECT = "https_redirect"  # OCI takes letters, digits and underscores for a rule set


THINGS = {  # what is called by its place in the environment
    "Policies": ("workloads", "people", "services"),
    "Network and gateways": ("vcn", "no-rules", "internet", "nat", "services"),
    "Subnets and route tables": ("public", "private"),
    "Security groups": ("lb", "app", "db"),
    "Vault and its key": ("vault", "secrets"),
    "Database": ("db",),
    "Queue": ("compute",),
    "Logs": ("logs", "lb-access", "lb-error", "app"),
    "Load balancer": ("lb",),
    "Topic": ("alarms",),
    "Budget and its alerts": ("budget", *[f"budget-{percent}" for percent in BUDGET_ALERTS]),
}


def compartment(prefix: str, slug: str) -> str:
    """Return the compartment's name: unique within the tenancy's root."""
    return f"{prefix}-{slug}"


def thing(prefix: str, slug: str, what: str) -> str:
    """Return the name of anything that lives in the compartment: buckets, gateways, alarms."""
    return f"{prefix}-{slug}-{what}"


def repository(prefix: str, slug: str, image: str) -> str:
    """Return the path of a container repository: unique in the tenancy."""
    return f"{prefix}-{slug}/{image}"


def group(prefix: str, role: str) -> str:
    """Return the name of a group of people, one for all environments: unique in the tenancy,
    also among dynamic groups.
    """
    return f"{prefix}-{role}"


def reaches_containers(secret: str) -> bool:
    """Say whether containers are given a secret: their policy names it and releases refer to it."""
    return secret in SECRETS


def tag_namespace(prefix: str) -> str:
    """Return the tag namespace, one for all environments; a hyphen would not be legal in
    policy variables.
    """
    return re.sub(r"[^A-Za-z0-9_]", "", prefix)


def host(domain: str) -> str:
    """Return the name at which the API of an environment answers."""
    return f"api.{domain}"


def dns_label(what: str) -> str:
    """Return a DNS label as OCI takes it: at most 15 letters and digits, a letter first."""
    return re.sub(r"[^a-z0-9]", "", what.lower())[:15]


def convention(prefix: str, slug: str) -> list[tuple[str, str]]:
    """Return what is called how in an environment, as pairs of a thing in words and its name."""
    return [
        ("Compartment", compartment(prefix, slug)),
        ("Tag namespace", f"{tag_namespace(prefix)} (shared), with {', '.join(TAG_KEYS)}"),
        ("Groups of people", f"{', '.join(group(prefix, role) for role in PEOPLE)} (shared)"),
        ("Dynamic groups", _several(prefix, slug, REPOSITORIES)),
        *[(what, _several(prefix, slug, names)) for what, names in THINGS.items()],
        ("Buckets", _several(prefix, slug, BUCKETS)),
        (
            "Container repositories",
            ", ".join(repository(prefix, slug, image) for image in REPOSITORIES),
        ),
        ("Secrets", ", ".join(ALL_SECRETS)),
        ("Alarms", thing(prefix, slug, "<what it is about>")),
        ("API", "api.<domain>"),
    ]


def _several(prefix: str, slug: str, names: Iterable[str]) -> str:
    return ", ".join(thing(prefix, slug, name) for name in names)
