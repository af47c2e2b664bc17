"""How every resource is called: the one place that makes names."""

import re

SLUG = re.compile(r"[a-z][a-z0-9]{1,11}")
SECRETS = ("DATABASE_URL", "OPENAI_API_KEY", "INSTRUCTOR_USERNAME", "INSTRUCTOR_PASSWORD")
BUCKETS = ("frontend-static", "uploads", "exports", "backups")
REPOSITORIES = ("api", "worker")
TAG_KEYS = ("project", "env", "owner", "costCenter")
PEOPLE = {
    "admins": "Administrators of the portal",
    "deployers": "Release and apply",
    "ops-readonly": "Watch over operations",
}
BACKEND_SET = "api"
LISTENER = "http"


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
    """Return the name of a group of people, one for all environments: unique in the tenancy, also among dynamic groups."""
    return f"{prefix}-{role}"


def tag_namespace(prefix: str) -> str:
    """Return the tag namespace, one for all environments; a hyphen would not be legal in policy variables."""
    return re.sub(r"[^A-Za-z0-9_]", "", prefix)


def dns_label(what: str) -> str:
    """Return a DNS label as OCI takes it: at most 15 letters and digits, a letter first."""
    return re.sub(r"[^a-z0-9]", "", what.lower())[:15]
