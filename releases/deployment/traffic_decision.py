"""Where the traffic is safe when a deployment cannot go on. Pure."""

from dataclasses import dataclass

from releases.deployment import migration

OLD, NEW, STUCK = "old", "new", "stuck"


@dataclass(frozen=True)
class TrafficState:
    """Versions ("" for none), one-way revisions that ran, where the traffic is."""

    old: str
    new: str
    one_way: str
    on_new: bool  # the old instances are drained, or were about to be
    old_healthy: bool = False
    new_healthy: bool = False


def decide(now: TrafficState) -> tuple[str, str]:
    """Return the side that keeps (or gets) the traffic, and why in words.

    Without a one-way migration the old release fits the schema, so it is the safe side. With one,
    the traffic stays as long as the side that has it is healthy: the old release may fail at the
    schema, the new one failed its test.
    """
    if not now.one_way:
        words = (
            f"The traffic goes back to {now.old}." if now.old else "There was no release before."
        )
        return OLD, words
    ran = migration.describe_one_way(now.one_way)
    mine, other = (NEW, OLD) if now.on_new else (OLD, NEW)
    healthy = {OLD: now.old_healthy, NEW: now.new_healthy}
    version = {OLD: now.old, NEW: now.new}
    if healthy[mine]:
        return mine, _explain_stay(mine, ran, now)
    if healthy[other]:
        sick = version[mine] or "nothing"
        return (
            other,
            f"{ran}, but {sick} is unhealthy and {version[other]} is healthy: it gets the traffic.",
        )
    before = now.old or "a release before"
    return STUCK, f"{ran}, and neither {before} nor {now.new} is healthy: nothing was moved."


def _explain_stay(side: str, ran: str, now: TrafficState) -> str:
    if side == NEW:
        before = now.old or "the release before"
        return f"{ran}: {before} may not work with the schema, so the traffic stays on {now.new}."
    return (
        f"{ran}, but the traffic never left {now.old}, which is healthy: watch it, for its code "
        "does not know this schema."
    )
