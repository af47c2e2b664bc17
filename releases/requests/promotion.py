"""Whether the same content ran well one environment below, which is what lets it go up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from environments.models import Environment
from portal.lib.clock import now
from portal.lib.tables import functions
from releases.models import Deployment, SmokeRun

BELOW, ANYWHERE = "below", "anywhere"
CONTENT = ("git_sha", "api_digest", "worker_digest")
Concern = Callable[[Environment, datetime], list[str]]


@dataclass(frozen=True)
class Record:
    """What is known of the content's last deployment below; moments are aware, `smoke` is None when it was never tested."""

    live_at: datetime | None = None
    ended_at: datetime | None = None
    live: bool = False
    rolled_back: bool = False
    smoke: bool | None = None
    bake_minutes: int = 0
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """One thing that must hold before content goes up."""

    holds: bool
    words: str


@dataclass(frozen=True)
class Proof:
    """Whether content may go up: from where, by which deployment, with each check; `ready_at` is when its bake is over."""

    below: Environment | None
    deployment: Deployment | None = None
    checks: tuple[Check, ...] = ()
    ready_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Say whether it may go up now."""
        return all(check.holds for check in self.checks)

    @property
    def words(self) -> str:
        """Say what is missing; when nothing is, where it ran."""
        missing = "; ".join(check.words for check in self.checks if not check.holds)
        return missing or "; ".join(check.words for check in self.checks)


def judge(below: str, seen: Record | None, at: datetime) -> tuple[Check, ...]:
    """Return the checks on what is known of the content below at a moment: pure, so that it is tested as a table."""
    if seen is None or seen.live_at is None:
        return (Check(False, f"this content never was live in {below}"),)
    if seen.rolled_back:
        return (Check(False, f"it was rolled back in {below}"),)
    return (
        Check(True, f"it is live in {below}" if seen.live else f"it was live in {below}"),
        _tested(below, seen.smoke),
        _baked(below, seen, at),
        *(Check(False, words) for words in seen.concerns),
    )


def _tested(below: str, smoke: bool | None) -> Check:
    if smoke is None:
        return Check(False, f"its smoke test never ran in {below}")
    return Check(smoke, f"its smoke test {'passed' if smoke else 'failed last'} in {below}")


def _baked(below: str, seen: Record, at: datetime) -> Check:
    if seen.live_at is None or not seen.bake_minutes:
        return Check(True, f"{below} asks for no bake time")
    ran = ((at if seen.live else seen.ended_at or at) - seen.live_at) // timedelta(minutes=1)
    if ran >= seen.bake_minutes:
        return Check(True, f"it ran there for {ran} min, {seen.bake_minutes} are asked for")
    return Check(False, f"it ran in {below} for {ran} of {seen.bake_minutes} min")


def of(environment: Environment, content: Mapping[str, Any], at: datetime | None = None) -> Proof:
    """Return whether the content (git_sha, api_digest, worker_digest) may come up into an environment."""
    under = below(environment)
    if under is None:
        return Proof(None, checks=(Check(True, "nothing has to run elsewhere before"),))
    at = at or now()
    same = {f"release__{name}": content[name] for name in CONTENT}
    last = Deployment.objects.of(under).filter(live_at__isnull=False, **same).order_by("-live_at").first()
    seen = _record(under, last) if last else None
    ready = last.live_at + timedelta(minutes=seen.bake_minutes) if last and last.live_at and seen and seen.live else None
    return Proof(under, last, judge(under.slug, seen, at), ready)


def of_release(release: Any, at: datetime | None = None) -> Proof:
    """Return whether a release's content may come up into its environment."""
    return of(release.environment, {name: getattr(release, name) for name in CONTENT}, at)


def below(environment: Environment) -> Environment | None:
    """Return where content must have run before it comes here; None where anything may be released."""
    rule = environment.setting("promote_from")
    if rule == ANYWHERE:
        return None
    if rule == BELOW:
        return Environment.objects.filter(position__lt=environment.position).order_by("-position", "slug").first()
    return Environment.objects.named(rule)


def above(environment: Environment) -> list[Environment]:
    """Return the environments into which content goes up from here, in the order of promotion."""
    others = Environment.objects.exclude(pk=environment.pk)
    return [one for one in others if (under := below(one)) is not None and under.pk == environment.pk]


def _record(under: Environment, last: Deployment) -> Record:
    since = last.live_at or now()
    run = SmokeRun.objects.filter(deployment=last).order_by("-id").values_list("passed", flat=True).first()
    return Record(
        live_at=last.live_at,
        ended_at=last.ended_at,
        live=last.state == Deployment.State.LIVE,
        rolled_back=last.rolled_back_at is not None or last.state == Deployment.State.FAILED,
        smoke=run,
        bake_minutes=under.setting("bake_minutes"),
        concerns=tuple(words for concern in _concerns() for words in concern(under, since)),
    )


def _concerns() -> list[Concern]:
    """Return what else may speak against it: the table PROMOTION_CONCERNS names functions of apps that we may not know."""
    return functions("PROMOTION_CONCERNS")
