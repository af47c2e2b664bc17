"""What blocks the deployment of a release, besides missing approvals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portal.audit.verbs import Verb
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.approvals import freeze
from releases.deployment import holds
from releases.models import FreezeOverride, Release, Review
from releases.requests import planning, promotion

EXPIRED, DENIED, STALE, PLACEHOLDER = "expired", "denied", "stale", "placeholder"
UNPROVEN, DEBT, FROZEN, HELD = "unproven", "debt", "frozen", "held"
WAIVED = (UNPROVEN, DEBT, FROZEN, HELD)  # what breaking the glass does without
_AGAIN = "Request it again on its page: the new plan needs new approvals."


@dataclass(frozen=True)
class Blocker:
    """One thing in the way; `words` complete "it cannot run: ...", `url` is where the next
    step is taken.
    """

    kind: str
    words: str
    next_step: str
    url: str = ""


def blockers(release: Release, at: datetime | None = None) -> list[Blocker]:
    """Return everything that blocks an open release, the final things first."""
    at = at or now()
    found = [*_final(release, at)]
    return found if release.is_break_glass else [*found, *_waivable(release, at)]


def refuse_blocked(release: Release, verb: Verb) -> None:
    """Refuse when anything blocks the release."""
    _refuse(release, blockers(release), verb)


def refuse_final(release: Release, verb: Verb) -> None:
    """Refuse what breaking the glass cannot waive: an expired, denied or stale plan."""
    _refuse(release, list(_final(release, now())), verb)


def refuse_start(release: Release) -> None:
    """Refuse, before the first call of a deployment, what came since its order: expiry or a
    freeze.
    """
    at = now()
    found = [*_expiry(release, at), *([] if release.is_break_glass else _freeze(release, at))]
    _refuse(release, found, Verb.RELEASE_DEPLOY)


def refuse_denied(environment_id: int, digest: str) -> None:
    """Refuse to request a plan that was denied: the answer stays no until something changes."""
    twin = _denied(environment_id, digest)
    if twin is not None:
        raise Refused(
            f"{twin.decided_by} denied the same plan for {twin.environment.slug} "
            f"(release {twin.pk}): {twin.reason}",
            next_step=_CHANGE,
            act=twin.act(Verb.RELEASE_REQUESTED),
        )


_CHANGE = "Change what the reason names; a different plan can be requested."


def _refuse(release: Release, found: list[Blocker], verb: Verb) -> None:
    if found:
        raise Refused(
            f"Release {release.pk} ({release}) is blocked: {found[0].words}.",
            next_step=found[0].next_step,
            act=release.act(verb),
        )


def _final(release: Release, at: datetime) -> Iterator[Blocker]:
    yield from _expiry(release, at)
    twin = _denied(release.environment_id, release.digest)
    if twin is not None:
        words = f"{twin.decided_by} denied the same plan (release {twin.pk}): {twin.reason}"
        yield Blocker(DENIED, words, _CHANGE)
    try:
        changed = planning.stale(release.environment, release.parsed_plan)
    except Refused as error:  # the environment lost what the plan needs
        yield Blocker(STALE, error.message.rstrip("."), error.next_step)
        return
    if changed:
        yield Blocker(STALE, f"since its plan was made, this changed: {', '.join(changed)}", _AGAIN)
    yield from _placeholders(release)


def _placeholders(release: Release) -> Iterator[Blocker]:
    """Yield the secrets of containers that still hold a placeholder: no container runs with it."""
    names = {one.name for one in release.parsed_plan.secrets}
    rows = release.environment.secrets.filter(name__in=names)
    missing = [row for row in rows.select_related("environment") if row.is_placeholder]
    if missing:
        named = ", ".join(row.name for row in missing)
        slug = release.environment.slug
        words = f"no value was set in {slug} for {named}: Vault's generated placeholder is stored"
        page = missing[0].get_absolute_url()
        step = (
            f"Ask an admin to set each on its page ({page}). Then request the release again: its "
            "plan names the versions of the secrets."
        )
        yield Blocker(PLACEHOLDER, words, step, page)


def _waivable(release: Release, at: datetime) -> Iterator[Blocker]:
    slug = release.environment.slug
    hold = holds.of(release.environment)
    if hold is not None:
        words = f"{slug} has been held since a rollback: {hold.reason.rstrip('.')}"
        step = f"Find out what went wrong, then lift the hold on the page of {slug}."
        yield Blocker(HELD, words, step)
    proof = promotion.prove_release(release, at)
    if not proof.holds:
        step = "Promote it when that is met; in an emergency, break glass."
        yield Blocker(UNPROVEN, proof.words, step)
    reviews = Review.objects.open().filter(environment=release.environment)
    debt = reviews.select_related("release").first()
    if debt is not None:
        words = f"the break-glass deployment of {debt.release.version} waits for its review"
        step = "A second person has to close that review with a finding."
        yield Blocker(DEBT, words, step, debt.get_absolute_url())
    yield from _freeze(release, at)


def _expiry(release: Release, at: datetime) -> list[Blocker]:
    if not release.is_over(at):
        return []
    return [Blocker(EXPIRED, f"it expired on {release.expires_at:%Y-%m-%d %H:%M} UTC", _AGAIN)]


def _freeze(release: Release, at: datetime) -> list[Blocker]:
    found = freeze.frozen(release.environment, at)
    if found is None or FreezeOverride.objects.filter(release=release).exists():
        return []
    until = f"{found.end:%Y-%m-%d %H:%M} UTC"
    words = f"{release.environment.slug} is frozen ({found.name}) until {until}"
    step = "Wait until then, or ask an admin other than the requester to override the freeze."
    return [Blocker(FROZEN, words, step)]


def _denied(environment_id: int, digest: str) -> Release | None:
    found = Release.objects.filter(environment_id=environment_id, digest=digest)
    denied = found.filter(state=Release.State.DENIED)
    return denied.select_related("decided_by", "environment").defer("plan").first()
