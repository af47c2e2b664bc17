"""What stands between a release and its deployment, besides people's agreement."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.audit.verbs import Verb
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.approvals import freeze
from releases.deployment import holds
from releases.models import FreezeOverride, Release, Review
from releases.requests import plan, promotion

EXPIRED, DENIED, STALE, UNPROVEN, DEBT, FROZEN, HELD = "expired", "denied", "stale", "unproven", "debt", "frozen", "held"
WAIVED = (UNPROVEN, DEBT, FROZEN, HELD)  # what breaking the glass does without


@dataclass(frozen=True)
class Obstacle:
    """One thing in the way, in words that finish the sentence `it cannot run: ...`."""

    kind: str
    words: str
    next_step: str
    url: str = ""  # the page on which the next step is taken


def of(release: Release, at: datetime | None = None) -> list[Obstacle]:
    """Return everything that stands in the way of an open release, the final things first."""
    at = at or now()
    found = [*_final(release, at)]
    return found if release.is_break_glass else [*found, *_waivable(release, at)]


def check(release: Release, verb: Verb) -> None:
    """Refuse when anything stands in the way."""
    _refuse(release, of(release), verb)


def check_final(release: Release, verb: Verb) -> None:
    """Refuse what not even broken glass goes without: a plan that is true, was not denied, has not expired."""
    _refuse(release, list(_final(release, now())), verb)


def check_start(release: Release) -> None:
    """Refuse, before the first call of a deployment, what may have come since it was ordered: its end, or a freeze."""
    at = now()
    found = [*_expiry(release, at), *([] if release.is_break_glass else _freeze(release, at))]
    _refuse(release, found, Verb.RELEASE_DEPLOY)


def _refuse(release: Release, found: list[Obstacle], verb: Verb) -> None:
    if found:
        raise Refused(
            f"Release {release.pk} ({release}) cannot run: {found[0].words}.",
            next_step=found[0].next_step,
            verb=verb,
            subject=release.subject,
            environment=release.environment.slug,
        )


def _final(release: Release, at: datetime) -> Iterator[Obstacle]:
    yield from _expiry(release, at)
    twin = _denied_twin(release)
    if twin is not None:
        words = f"{twin.decided_by} denied this very plan (release {twin.pk}): {twin.reason}"
        yield Obstacle(DENIED, words, "Change what the reason names; another plan may be requested.")
    try:
        changed = plan.stale(release.environment, release.plan)
    except Refused as error:  # the environment lost what the plan stands on
        yield Obstacle(STALE, error.message.rstrip("."), error.next_step)
        return
    if changed:
        words = f"since its plan was made, this changed: {', '.join(changed)}"
        yield Obstacle(STALE, words, "Request it again on its page: the new plan is approved anew.")


def _waivable(release: Release, at: datetime) -> Iterator[Obstacle]:
    held = holds.of(release.environment)
    if held is not None:
        words = f"{release.environment.slug} is held since a rollback: {held.reason.rstrip('.')}"
        yield Obstacle(HELD, words, f"Find out what went wrong, then lift the hold on the page of {release.environment.slug}.")
    proof = promotion.of_release(release, at)
    if not proof.holds:
        words = "Promote it when that holds; an emergency goes by break-glass."
        yield Obstacle(UNPROVEN, proof.words, words)
    debt = Review.objects.open().filter(environment=release.environment).select_related("release").first()
    if debt is not None:
        words = f"the break-glass deployment of {debt.release.version} waits for its review"
        yield Obstacle(DEBT, words, "A second person closes that review with a finding.", debt.get_absolute_url())
    yield from _freeze(release, at)


def _expiry(release: Release, at: datetime) -> list[Obstacle]:
    if not release.is_over(at):
        return []
    words = f"it expired on {release.expires_at:%Y-%m-%d %H:%M} UTC"
    return [Obstacle(EXPIRED, words, "Request it again on its page: the new plan is approved anew.")]


def _freeze(release: Release, at: datetime) -> list[Obstacle]:
    found = freeze.frozen(release.environment, at)
    if found is None or FreezeOverride.objects.filter(release=release).exists():
        return []
    words = f"{release.environment.slug} is frozen ({found.name}) until {found.end:%Y-%m-%d %H:%M} UTC"
    return [Obstacle(FROZEN, words, "Wait until then, or ask an admin other than the requester to override the freeze.")]


def _denied_twin(release: Release) -> Release | None:
    return denied(release.environment_id, release.digest)


def denied(environment_id: int, digest: str) -> Release | None:
    """Return the release by which this very plan was turned down, if it was: no is the answer until something changes."""
    same = Release.objects.filter(environment_id=environment_id, digest=digest, state=Release.State.DENIED)
    return same.select_related("decided_by").defer("plan").first()
