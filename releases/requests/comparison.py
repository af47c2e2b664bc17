"""Compares two releases, or what one release means in two environments: no secrets, only
versions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from environments.models import Environment
from portal.lib.refusal import Refused
from releases.models import Deployment, Release
from releases.requests import planning
from releases.requests.changes import PlanChange, side_by_side
from releases.requests.plan import ReleasePlan

PARTS = ("version", "git_sha", "alembic_head")
ELSEWHERE = ("previous", "retire", "steps", "images", "bundle", "variables", "secrets", "place")
_NAMES = {"git_sha": "commit", "alembic_head": "Alembic head"}
_MINUTE = 60


def compare_releases(left: Release, right: Release) -> list[tuple[str, list[PlanChange]]]:
    """Return (section, values of both sides) for two releases."""
    sections = {
        "What runs": _contents,
        "Variables": _variables,
        "Secrets": _secrets,
        "Where": _place,
        "Settings": _settings,
    }
    found = [
        (name, side_by_side(dict(facts(left.parsed_plan)), dict(facts(right.parsed_plan))))
        for name, facts in sections.items()
    ]
    return [*found, ("Result", side_by_side(_results(left), _results(right)))]


def compare_environments(release: Release, target: Environment) -> list[PlanChange]:
    """Return every fact of the release's environment and the target that bears on the release."""
    plan = release.parsed_plan
    return side_by_side(_environment(release.environment, plan), _environment(target, plan))


def commits_url(environment: Environment, old: str, new: str) -> str:
    """Return the page of what was committed between two commits; empty when there is none."""
    address = environment.setting("repository_url")
    return f"{address}/compare/{old}...{new}" if address and old != new else ""


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value inside a JSON value under its path, in words."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat(item, f"{name} {key.replace('_', ' ')}".strip())
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        yield name, "" if text is None else str(text)


def _contents(plan: ReleasePlan) -> Iterator[tuple[str, str]]:
    yield from ((_NAMES.get(name, name), str(getattr(plan, name) or "")) for name in PARTS)
    for role, image in plan.images.items():
        yield f"{role} image", image.tag
        yield f"{role} digest", image.digest
    yield "frontend bundle", plan.bundle.digest if plan.bundle else ""


def _variables(plan: ReleasePlan) -> Iterator[tuple[str, str]]:
    yield from sorted((name, str(value)) for name, value in plan.variables.items())


def _secrets(plan: ReleasePlan) -> Iterator[tuple[str, str]]:
    yield from sorted((one.name, f"version {one.version}") for one in plan.secrets)


def _place(plan: ReleasePlan) -> Iterator[tuple[str, str]]:
    yield "environment", plan.environment
    yield from flat(plan.place.as_json())


def _settings(plan: ReleasePlan) -> Iterator[tuple[str, str]]:
    facts = plan.as_json()
    own = sorted(facts.keys() - {*ELSEWHERE, *PARTS, "environment"})
    yield from flat({name: facts[name] for name in own})
    yield "steps", str(len(plan.steps))


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
    took = ""
    if job and job.ended_at and job.started_at:
        seconds = round((job.ended_at - job.started_at).total_seconds())
        took = f"{seconds // _MINUTE} min " if seconds >= _MINUTE else ""
        took += f"{seconds % _MINUTE} s"
    return {
        "deployment": deployment.get_state_display(),
        "began (UTC)": f"{deployment.started_at:%Y-%m-%d %H:%M}",
        "took": took,
        "smoke test": f"{'passed' if run.passed else 'failed'}: {run.words}" if run else "",
        "note": deployment.note,
    }


def _environment(environment: Environment, plan: ReleasePlan) -> dict[str, str]:
    origins = ", ".join(environment.setting("cors_allowed_origins"))
    known = {
        "Approvals": (
            f"{environment.setting('approvals_needed')} by {environment.setting('approvers')}"
        ),
        "Bake time": f"{environment.setting('bake_minutes')} min",
        "Allowed origins (CORS)": origins or "its own address",
        "Region": environment.home_region,
    }
    try:
        whole = planning.complete(environment, replace(plan, alembic_head="", bundle=None))
    except Refused as error:  # not provisioned yet
        return {**known, "Resources": error.message}
    place, shape = whole.place, whole.place.shape
    return {
        **known,
        "Address": place.api_url,
        **{
            f"{role} instances": f"{number} x {shape.ocpus[role]} OCPU, {shape.memory_gb[role]} GB"
            for role, number in place.counts.items()
        },
        "Shape": shape.name,
        **{f"Variable {name}": str(value) for name, value in whole.variables.items()},
        **{f"Secret {name}": version for name, version in _secrets(whole)},
    }
