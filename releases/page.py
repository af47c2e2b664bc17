"""What the pages of releases show, from the database alone."""

from typing import Any

from environments.models import Environment
from portal.jobs.states import StepState
from portal.lib.clock import now
from releases import current
from releases.approvals import blockers, break_glass, freeze
from releases.approvals.blockers import Obstacle
from releases.deployment import holds, rollback, wait_override
from releases.evidence import pack
from releases.models import Release, Review, SmokeRun, SmokeTest
from releases.requests import changes, history, promotion


def of_release(release: Release, user: Any) -> dict[str, Any]:
    """Return the one screen on which an approver decides and everybody watches."""
    found = blockers.of(release) if release.is_open else []
    return {
        "environment": release.environment,
        "release": release,
        "plan": release.plan,
        "tally": release.tally(),
        "review": getattr(release, "review", None),
        "timeline": history.of_release(release),
        "obstacles": found,
        **what_changes(release),
        **below(release),
        **standing(release),
        **may(release, user, found),
        **progress(release),
        "evidence": release.deployments.order_by("id") if pack.can_export(user) else [],
    }


def what_changes(release: Release) -> dict[str, Any]:
    """Return what the plan replaces, by kind; the values of the live release come from its own plan."""
    plan, old = release.plan, _former_plan(release)
    return {
        "images": changes.images(plan["previous"], plan),
        "variables": changes.variables(old, plan),
        "secrets": changes.secrets(old, plan),
        "sizes": changes.sizes(old, plan),
        "heads": ((old or {}).get("alembic_head") or "", plan.get("alembic_head") or ""),
        "compare_url": compare_url(release),
        "rollback_after": rollback_after(plan),
    }


def below(release: Release) -> dict[str, Any]:
    """Return how the same content did in the environment below: the deployment there with its last smoke test."""
    proof = promotion.of_release(release) if release.is_open else None
    source = proof.deployment if proof else release.source
    run = SmokeRun.objects.filter(deployment=source).order_by("-id").defer("results").first() if source else None
    return {"proof": proof, "source": source, "source_run": run}


def standing(release: Release) -> dict[str, Any]:
    """Return the clocks that run against a release while it is open: its expiry, the freeze of its environment."""
    if not release.is_open:
        return {"frozen": None, "override": None, "over": False}
    override = getattr(release, "freeze_override", None)
    return {"frozen": freeze.frozen(release.environment), "override": override, "over": release.is_over(now())}


def may(release: Release, user: Any, found: list[Obstacle]) -> dict[str, Any]:
    """Return which buttons this person gets: the same predicates as the acts, and no button for what would be refused."""
    waiting, kinds = release.state == Release.State.REQUESTED, {one.kind for one in found}
    voted = waiting and release.approvals.filter(approver=user).exists()
    final = kinds - set(blockers.WAIVED)
    return {
        "has_voted": voted,
        "can_approve": waiting and not found and not voted and release.can_approve(user),
        "can_deny": release.is_open and release.can_deny(user),
        "can_withdraw": release.is_open and release.can_withdraw(user),
        "can_deploy": release.state == Release.State.APPROVED and not found and release.can_deploy(user),
        "can_override": release.is_open and blockers.FROZEN in kinds and release.can_override_freeze(user),
        "can_break_glass": release.is_open and not final and release.can_break_glass(user),
        "can_request": Release.can_request(user),
        "can_ask_again": Release.can_request(user) and (bool(final) or _is_over(release)),
        "targets": _targets(release) if Release.can_request(user) else [],
        "is_mine": user.pk == release.requested_by_id,
    }


def compare_url(release: Release) -> str:
    """Return the page that lists the commits from what is live to this release; nothing when that is not known."""
    address, old = release.environment.setting("repository_url"), release.plan["previous"]
    return f"{address}/compare/{old['git_sha']}...{release.git_sha}" if address and old else ""


def rollback_after(plan: dict[str, Any]) -> tuple[str, str]:
    """Return the verdict on a rollback after this plan has run."""
    old = plan["previous"]
    if old is None:
        return rollback.NONE, "there is no release before it"
    unless = ", unless its migration turns out to lead one way" if plan.get("migration") else ""
    return rollback.INSTANT, f"{old['version']} is kept beside it, without traffic{unless}"


def progress(release: Release) -> dict[str, Any]:
    """Return how the deployment's job stands, step by step."""
    job = release.job
    if job is None:
        return {"job": None, "steps": [], "percent": 0}
    steps = list(job.step_rows.all())
    over = sum(step.state in (StepState.DONE, StepState.SKIPPED) for step in steps)
    percent = round(100 * over / len(steps)) if steps else 0
    return {"job": job, "steps": steps, "percent": percent, "held_up": wait_override.held_up(job, steps)}


def of_break_glass(release: Release) -> dict[str, Any]:
    """Return what somebody who breaks the glass has to know before."""
    return {"environment": release.environment, "release": release, "waives": break_glass.waives(release)}


def of_review(review: Review, user: Any) -> dict[str, Any]:
    """Return what a reviewer judges."""
    return {
        "environment": review.environment,
        "review": review,
        "release": review.release,
        "can_close": review.is_open and review.can_close(user),
        "timeline": history.of_release(review.release),
    }


def card(environment: Environment, user: Any, incident: Any = None) -> dict[str, Any]:
    """Return what `releases/_live.html` and `releases/_changes.html` show, for any page that has an environment."""
    verdict = rollback.verdict(environment)
    can_request = Release.can_request(user)
    return {
        "environment": environment,
        "live": verdict.live,
        "verdict": verdict,
        "changes": current.last_changes(environment),
        "can_roll_back": rollback.can_roll_back(user),
        "can_request": can_request,
        "targets": promotion.above(environment) if can_request and verdict.live else [],
        "frozen": freeze.frozen(environment),
        "hold": holds.of(environment),
        "can_smoke": SmokeTest.can_run(user),
        "incident": incident,
    }


def _is_over(release: Release) -> bool:
    return not release.is_open and release.state != Release.State.DEPLOYING


def _targets(release: Release) -> list[Environment]:
    """Return where the release could go up to."""
    return promotion.above(release.environment) if release.state == Release.State.DEPLOYED else []


def _former_plan(release: Release) -> dict[str, Any] | None:
    """Return the plan of what was live when this one was made."""
    old = release.plan["previous"]
    return Release.objects.values_list("plan", flat=True).filter(pk=old["release"]).first() if old else None
