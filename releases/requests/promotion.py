"""Whether the same content ran well in the environment below: the condition for a promotion."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from environments.models import Environment
from portal.lib.clock import now
from portal.lib.tables import functions
from releases.models import Deployment, Release, SmokeRun

BELOW, ANYWHERE = "below", "anywhere"
Concern = Callable[[Environment, datetime], list[str]]


class Content(TypedDict):
    """What makes two releases the same content."""

    git_sha: str
    api_digest: str
    worker_digest: str


@dataclass(frozen=True)
class ContentHistory:
    """The content's last deployment below; `smoke` is None when it was never tested."""

    live_at: datetime | None = None
    ended_at: datetime | None = None
    live: bool = False
    rolled_back: bool = False
    smoke: bool | None = None
    bake_minutes: int = 0
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True)
class PromotionCheck:
    """One condition of a promotion."""

    holds: bool
    words: str


@dataclass(frozen=True)
class PromotionProof:
    """Whether content may be promoted, with each check; `ready_at` is the end of its bake time."""

    below: Environment | None
    deployment: Deployment | None = None
    checks: tuple[PromotionCheck, ...] = ()
    ready_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Say whether it may be promoted now."""
        return all(check.holds for check in self.checks)

    @property
    def words(self) -> str:
        """Say what is missing; when nothing is, where it ran."""
        missing = "; ".join(check.words for check in self.checks if not check.holds)
        return missing or "; ".join(check.words for check in self.checks)


def judge(below: str, history: ContentHistory | None, at: datetime) -> tuple[PromotionCheck, ...]:
    """Return the checks on what is known of the content below at a moment: pure, so that it
    is tested as a table.
    """
    if history is None or history.live_at is None:
        return (PromotionCheck(False, f"this content was never live in {below}"),)
    if history.rolled_back:
        return (PromotionCheck(False, f"it was rolled back in {below}"),)
    return (
        PromotionCheck(
            True, f"it is live in {below}" if history.live else f"it was live in {below}"
        ),
        _tested(below, history.smoke),
        _baked(below, history, at),
        *(PromotionCheck(False, words) for words in history.concerns),
    )


def _tested(below: str, smoke: bool | None) -> PromotionCheck:
    if smoke is None:
        return PromotionCheck(False, f"its smoke test never ran in {below}")
    return PromotionCheck(
        smoke, f"its smoke test {'passed' if smoke else 'failed last'} in {below}"
    )


def _baked(below: str, history: ContentHistory, at: datetime) -> PromotionCheck:
    if history.live_at is None or not history.bake_minutes:
        return PromotionCheck(True, f"{below} requires no bake time")
    ran = ((at if history.live else history.ended_at or at) - history.live_at) // timedelta(
        minutes=1
    )
    if ran >= history.bake_minutes:
        return PromotionCheck(
            True, f"it ran there for {ran} min, {history.bake_minutes} are asked for"
        )
    return PromotionCheck(False, f"it ran in {below} for {ran} of {history.bake_minutes} min")


def prove(environment: Environment, content: Content, at: datetime | None = None) -> PromotionProof:
    """Return whether the content may be promoted into an environment."""
    under = below(environment)
    if under is None:
        return PromotionProof(
            None, checks=(PromotionCheck(True, "no earlier environment is required"),)
        )
    at = at or now()
    same = {f"release__{name}": value for name, value in content.items()}
    last = (
        Deployment.objects.of(under)
        .filter(live_at__isnull=False, **same)
        .order_by("-live_at")
        .first()
    )
    history = _history(under, last) if last else None
    ready = None
    if last and last.live_at and history and history.live:
        ready = last.live_at + timedelta(minutes=history.bake_minutes)
    return PromotionProof(under, last, judge(under.slug, history, at), ready)


def content_of(release: Release) -> Content:
    """Return the content of a release."""
    return Content(
        git_sha=release.git_sha,
        api_digest=release.api_digest,
        worker_digest=release.worker_digest,
    )


def prove_release(release: Release, at: datetime | None = None) -> PromotionProof:
    """Return whether a release's content may be promoted into its environment."""
    return prove(release.environment, content_of(release), at)


def below(environment: Environment) -> Environment | None:
    """Return where content must run before it comes here; None where anything may be released."""
    rule = environment.setting("promote_from")
    if rule == ANYWHERE:
        return None
    if rule == BELOW:
        return (
            Environment.objects.filter(position__lt=environment.position)
            .order_by("-position", "slug")
            .first()
        )
    return Environment.objects.named(rule)


def above(environment: Environment) -> list[Environment]:
    """Return the environments into which content is promoted from here, in order."""
    others = Environment.objects.exclude(pk=environment.pk)
    return [
        one for one in others if (under := below(one)) is not None and under.pk == environment.pk
    ]


def _history(under: Environment, last: Deployment) -> ContentHistory:
    since = last.live_at or now()
    run = (
        SmokeRun.objects.filter(deployment=last)
        .order_by("-id")
        .values_list("passed", flat=True)
        .first()
    )
    # PROMOTION_CONCERNS names functions of apps that this one must not import
    concerns: list[Concern] = functions("PROMOTION_CONCERNS")
    return ContentHistory(
        live_at=last.live_at,
        ended_at=last.ended_at,
        live=last.state == Deployment.State.LIVE,
        rolled_back=last.rolled_back_at is not None or last.state == Deployment.State.FAILED,
        smoke=run,
        bake_minutes=under.setting("bake_minutes"),
        concerns=tuple(words for ask in concerns for words in ask(under, since)),
    )
