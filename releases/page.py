"""What the pages of releases show, from the database alone."""

from typing import Any

from environments.models import Environment
from portal.audit.verbs import Verb
from portal.jobs.states import StepState
from portal.lib.refusal import Refused
from releases import current, instance, obstacles, rollback, timeline
from releases.models import Release, SmokeTest


def of_release(release: Release, user: Any) -> dict[str, Any]:
    """Return the one screen on which an approver decides and everybody watches."""
    plan, tally = release.plan, release.tally()
    old = plan["previous"]["images"] if plan["previous"] else {}
    waiting = release.state == Release.State.REQUESTED
    return {
        "environment": release.environment,
        "release": release,
        "plan": plan,
        "tally": tally,
        "stale": stale_words(release),
        "images": [(role, old.get(role), new) for role, new in plan["images"].items()],
        "variables": sorted(instance.environment_variables(plan)),
        "rollback_after": rollback_after(plan),
        "approvals": release.approvals.select_related("approver"),
        "timeline": timeline.of_release(release),
        "deployment": release.deployments.select_related("job").order_by("-id").first(),
        "can_approve": waiting and release.can_approve(user) and not release.approvals.filter(approver=user).exists(),
        "can_deny": release.is_open and release.can_deny(user),
        "can_withdraw": release.is_open and release.can_withdraw(user),
        "can_deploy": release.state == Release.State.APPROVED and release.can_deploy(user),
        "can_request": Release.can_request(user),
        "is_mine": user.pk == release.requested_by_id,
        **progress(release),
    }


def stale_words(release: Release) -> str:
    """Say why an open release can no longer run as it was planned; nothing when it can."""
    if not release.is_open:
        return ""
    try:
        obstacles.check(release, Verb.RELEASE_DEPLOY)
    except Refused as error:
        return str(error)
    return ""


def rollback_after(plan: dict[str, Any]) -> tuple[str, str]:
    """Return the verdict on a rollback after this plan has run."""
    old = plan["previous"]
    if old is None:
        return rollback.NONE, "there is no release before it"
    return rollback.INSTANT, f"{old['version']} is kept beside it, without traffic"


def progress(release: Release) -> dict[str, Any]:
    """Return how the deployment's job stands, step by step."""
    job = release.job
    if job is None:
        return {"job": None, "steps": [], "percent": 0}
    steps = list(job.step_rows.all())
    over = sum(step.state in (StepState.DONE, StepState.SKIPPED) for step in steps)
    return {"job": job, "steps": steps, "percent": round(100 * over / len(steps)) if steps else 0}


def card(environment: Environment, user: Any, incident: Any = None) -> dict[str, Any]:
    """Return what `releases/_live.html` and `releases/_changes.html` show, for any page that has an environment."""
    verdict = rollback.verdict(environment)
    return {
        "environment": environment,
        "live": verdict.live,
        "verdict": verdict,
        "changes": current.last_changes(environment),
        "can_roll_back": rollback.can_roll_back(user),
        "can_request": Release.can_request(user),
        "can_smoke": SmokeTest.can_run(user),
        "incident": incident,
    }
