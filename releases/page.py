"""What the pages of releases show, from the database alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from environments.models import Environment
from portal.accounts.actor import Actor
from portal.accounts.models import User
from portal.audit.verbs import Verb
from portal.jobs.states import StepState
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Missing
from releases import current
from releases.approvals import blockers, freeze
from releases.approvals.blockers import Blocker
from releases.deployment import holds, rollback, wait_override
from releases.evidence import pack
from releases.models import Release, Review, SmokeRun, SmokeTest
from releases.requests import changes, comparison, promotion
from releases.requests.plan import ReleasePlan

_RELATED = ("environment", "requested_by", "decided_by", "job", "review", "freeze_override")


@dataclass(frozen=True)
class ReleaseEvent:
    """Something that happened to a release; `url` is the page that tells more."""

    at: datetime
    what: str
    who: str = ""
    more: str = ""
    url: str = ""


def get_release(pk: int) -> Release:
    """Return a release with what its pages show, or refuse."""
    rows = Release.objects.select_related(*_RELATED, "source__environment", "bundle")
    found = rows.defer("bundle__files").filter(pk=pk).first()
    if found is None:
        step = "The list of releases lists them all."
        act = Act(Verb.REFUSED, f"release:{pk}")
        raise Missing(f"There is no release {pk}.", next_step=step, act=act)
    return found


def release_context(release: Release, user: User) -> dict[str, Any]:
    """Return the one screen on which an approver decides and everybody watches."""
    found = blockers.blockers(release) if release.is_open else []
    is_open = release.is_open
    return {
        "environment": release.environment,
        "release": release,
        "plan": release.parsed_plan,
        "tally": release.tally(),
        "review": getattr(release, "review", None),
        "timeline": release_events(release),
        "blockers": found,
        "frozen": freeze.frozen(release.environment) if is_open else None,
        "override": getattr(release, "freeze_override", None) if is_open else None,
        "over": is_open and release.is_over(now()),
        "evidence": release.deployments.order_by("id") if pack.can_export(user) else [],
        **_changes(release),
        **_source(release),
        **permissions(release, user, found),
        **progress_context(release),
    }


def permissions(release: Release, user: User, found: list[Blocker]) -> dict[str, Any]:
    """Return which buttons this person gets: none for what the act would refuse."""
    waiting, kinds = release.state == Release.State.REQUESTED, {one.kind for one in found}
    is_open, can_request = release.is_open, Release.can_request(user)
    approved = release.state == Release.State.APPROVED
    voted = waiting and release.approvals.filter(approver=user).exists()
    final = bool(kinds - set(blockers.WAIVED))
    ended = not is_open and release.state != Release.State.DEPLOYING
    promotable = can_request and release.state == Release.State.DEPLOYED
    frozen = blockers.FROZEN in kinds
    return {
        "has_voted": voted,
        "can_approve": waiting and not found and not voted and release.can_approve(user),
        "can_deny": is_open and release.can_deny(user),
        "can_withdraw": is_open and release.can_withdraw(user),
        "can_deploy": approved and not found and release.can_deploy(user),
        "can_override": is_open and frozen and release.can_override_freeze(user),
        "can_break_glass": is_open and not final and release.can_break_glass(user),
        "can_request": can_request,
        "can_ask_again": can_request and (final or ended),
        "targets": promotion.above(release.environment) if promotable else [],
        "is_mine": user.pk == release.requested_by_id,
    }


def progress_context(release: Release) -> dict[str, Any]:
    """Return how the deployment's job stands, step by step."""
    job = release.job
    if job is None:
        return {"job": None, "steps": [], "percent": 0}
    steps = list(job.step_rows.all())
    over = sum(step.state in (StepState.DONE, StepState.SKIPPED) for step in steps)
    return {
        "job": job,
        "steps": steps,
        "percent": round(100 * over / len(steps)) if steps else 0,
        "held_up": wait_override.held_up(job, steps),
    }


def review_context(review: Review, user: User) -> dict[str, Any]:
    """Return what a reviewer judges."""
    return {
        "environment": review.environment,
        "review": review,
        "release": review.release,
        "can_close": review.is_open and review.can_close(user),
        "timeline": release_events(review.release),
    }


def live_context(environment: Environment, user: User, incident: Any = None) -> dict[str, Any]:
    """Return what `releases/_live.html` and `releases/_changes.html` show."""
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


def release_events(release: Release) -> list[ReleaseEvent]:
    """Return everything that happened to the release, the oldest first."""
    requester = str(release.requested_by)
    found = [ReleaseEvent(release.requested_at, "requested", requester, release.notes)]
    found += [
        ReleaseEvent(one.approved_at, "approved", str(one.approver), one.comment)
        for one in release.approvals.select_related("approver")
    ]
    if release.decided_at:
        who = str(release.decided_by)
        found.append(ReleaseEvent(release.decided_at, release.state, who, release.reason))
    for deployment in release.deployments.select_related("job").order_by("id"):
        job = deployment.job
        who, url = (Actor.parse(job.actor).name, job.get_absolute_url()) if job else ("", "")
        found.append(ReleaseEvent(deployment.started_at, "deployment began", who, url=url))
        if deployment.live_at:
            found.append(ReleaseEvent(deployment.live_at, "live", url=url))
        if deployment.ended_at:
            state, note = deployment.get_state_display(), deployment.note
            found.append(ReleaseEvent(deployment.ended_at, state, more=note, url=url))
    for run in SmokeRun.objects.filter(deployment__release=release):
        verdict, url = "passed" if run.passed else "failed", run.get_absolute_url()
        event = ReleaseEvent(run.ended_at, f"smoke test {verdict}", more=run.words, url=url)
        found.append(event)
    return sorted(found, key=lambda event: event.at)


def _changes(release: Release) -> dict[str, Any]:
    """Return what the plan replaces; the values of the live release come from its own plan."""
    plan = release.parsed_plan
    previous = plan.previous
    former = Release.objects.filter(pk=previous.release).first() if previous else None
    old = former.parsed_plan if former else None
    return {
        "images": changes.images(previous, plan),
        "variables": changes.variables(old, plan),
        "secrets": changes.secrets(old, plan),
        "sizes": changes.sizes(old, plan),
        "heads": (old.alembic_head if old else "", plan.alembic_head),
        "compare_url": (
            comparison.commits_url(release.environment, previous.git_sha, release.git_sha)
            if previous
            else ""
        ),
        "rollback_after": _rollback_after(plan),
    }


def _source(release: Release) -> dict[str, Any]:
    """Return how the same content did in the environment below: deployment and last smoke test."""
    proof = promotion.prove_release(release) if release.is_open else None
    source = proof.deployment if proof else release.source
    runs = SmokeRun.objects.filter(deployment=source).order_by("-id").defer("results")
    return {"proof": proof, "source": source, "source_run": runs.first() if source else None}


def _rollback_after(plan: ReleasePlan) -> tuple[str, str]:
    """Return the verdict on a rollback after this plan has run."""
    old = plan.previous
    if old is None:
        return rollback.NONE, "there is no release before it"
    unless = ", unless its migration turns out to lead one way" if plan.migration else ""
    return rollback.INSTANT, f"{old.version} stays on standby{unless}"
