"""What differs between two environments for one and the same release: no secrets, only their versions."""

from collections.abc import Mapping
from typing import Any

from environments.models import Environment
from portal.lib.refusal import Refused
from releases.models import Release
from releases.requests import plan
from releases.requests.changes import Change, rows

NEUTRAL = ("version", "git_sha", "images")


def of(release: Release, target: Environment) -> list[Change]:
    """Return every fact of both environments that bears on the release: variables, secrets, sizes, addresses, approvals."""
    return rows(_facts(release.environment, release.plan), _facts(target, release.plan))


def _facts(environment: Environment, parts: Mapping[str, Any]) -> dict[str, str]:
    known = {
        "Approvals": f"{environment.setting('approvals_needed')} by {environment.setting('approvers')}",
        "Bake time": f"{environment.setting('bake_minutes')} min",
        "Web origins (CORS)": ", ".join(environment.setting("cors_allowed_origins")) or "its own address",
        "Region": environment.home_region,
    }
    try:
        whole = plan.complete(environment, {name: parts[name] for name in NEUTRAL})
    except Refused as error:  # not provisioned yet
        return {**known, "Resources": error.message}
    place = whole["place"]
    shape = place["shape"]
    return {
        **known,
        "Address": place["api_url"],
        **{
            f"{role} instances": f"{number} x {shape['ocpus'][role]} OCPU, {shape['memory_gb'][role]} GB"
            for role, number in place["counts"].items()
        },
        "Shape": shape["name"],
        **{f"Variable {name}": str(value) for name, value in whole["variables"].items()},
        **{f"Secret {one['name']}": f"version {one['version']}" for one in whole["secrets"]},
    }
