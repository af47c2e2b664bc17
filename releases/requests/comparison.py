"""Two releases side by side, of one environment or of two: what they consist of, where they ran, how that went."""

from collections.abc import Iterator, Mapping
from typing import Any

from releases.models import Deployment, Release
from releases.requests.changes import Change, rows

PARTS = ("version", "git_sha", "alembic_head")
ELSEWHERE = ("previous", "retire", "steps", "images", "bundle", "variables", "secrets", "place", *PARTS)
_NAMES = {"git_sha": "commit", "alembic_head": "Alembic head"}
_MINUTE = 60


def of(left: Release, right: Release) -> list[tuple[str, list[Change]]]:
    """Return (section, what both sides have) for two releases."""
    plans = [left.plan, right.plan]
    sections = {"What runs": _contents, "Variables": _variables, "Secrets": _secrets, "Where": _place, "Settings": _settings}
    found = [(name, rows(*(dict(facts(plan)) for plan in plans))) for name, facts in sections.items()]
    return [*found, ("How it went", rows(_results(left), _results(right)))]


def commits(left: Release, right: Release) -> str:
    """Return the address of the commits between the two; nothing while no repository is known, or they are of one commit."""
    address = right.environment.setting("repository_url")
    between = f"{left.git_sha}...{right.git_sha}"
    return f"{address}/compare/{between}" if address and left.git_sha != right.git_sha else ""


def _contents(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((_NAMES.get(name, name), str(plan.get(name) or "")) for name in PARTS)
    for role, image in plan["images"].items():
        yield f"{role} image", image["tag"]
        yield f"{role} digest", image["digest"]
    bundle = plan.get("bundle") or {}
    yield "frontend bundle", str(bundle.get("digest", ""))


def _variables(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from sorted((name, str(value)) for name, value in plan["variables"].items())


def _secrets(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from sorted((one["name"], f"version {one['version']}") for one in plan["secrets"])


def _place(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "environment", plan["environment"]
    yield from flat(plan["place"])


def _settings(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from flat({name: plan[name] for name in sorted(plan) if name not in (*ELSEWHERE, "environment")})
    yield "steps", str(len(plan["steps"]))


def _results(release: Release) -> dict[str, str]:
    deployment = release.deployments.select_related("job").order_by("-id").first()
    facts = {
        "state": release.get_state_display(),
        "requested by": str(release.requested_by),
        "approvals": f"{len(release.approvals.all())} of {release.needed}",
    }
    return {**facts, **_deployment(deployment)} if deployment else facts


def _deployment(deployment: Deployment) -> dict[str, str]:
    job, run = deployment.job, deployment.smoke_runs.order_by("-id").first()
    took = round((job.ended_at - job.started_at).total_seconds()) if job and job.ended_at and job.started_at else None
    return {
        "deployment": deployment.get_state_display(),
        "began (UTC)": f"{deployment.started_at:%Y-%m-%d %H:%M}",
        "took": "" if took is None else f"{took // _MINUTE} min {took % _MINUTE} s" if took >= _MINUTE else f"{took} s",
        "smoke test": f"{'passed' if run.passed else 'failed'}: {run.words}" if run else "",
        "note": deployment.note,
    }


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value inside a JSON value under its path, in words."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{name} {key.replace('_', ' ')}".strip())
    else:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield name, "" if shown is None else str(shown)
