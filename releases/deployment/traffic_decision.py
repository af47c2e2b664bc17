"""Where the traffic is safe when a deployment cannot go on: pure, so that it is tested as a table."""

from dataclasses import dataclass

OLD, NEW, STUCK = "old", "new", "stuck"


@dataclass(frozen=True)
class Stand:
    """How it stands: versions ("" for none), the one-way revisions that ran, who has the traffic, who is well."""

    old: str
    new: str
    one_way: str
    on_new: bool  # the old instances are drained, or were about to be
    old_well: bool
    new_well: bool


def decide(now: Stand) -> tuple[str, str]:
    """Return the side that keeps (or gets) the traffic, and why in words.

    Without a one-way migration the old release fits the schema, so it is the safe side as ever. With one, the traffic is not
    moved at all as long as who has it is well: the old release may fail at the schema, the new one failed its test.
    """
    if not now.one_way:
        return OLD, f"The traffic goes back to {now.old}." if now.old else "There was no release before."
    ran = f"The one-way migration {now.one_way} ran"
    mine, other = (NEW, OLD) if now.on_new else (OLD, NEW)
    well = {OLD: now.old_well, NEW: now.new_well}
    version = {OLD: now.old, NEW: now.new}
    if well[mine]:
        return mine, _stays(mine, ran, now)
    if well[other]:
        why = f"{ran}, but {version[mine] or 'nothing'} is not well and {version[other]} is: it gets the traffic."
        return other, why
    return STUCK, f"{ran}, and neither {now.old or 'a release before'} nor {now.new} is well: nothing was moved."


def _stays(side: str, ran: str, now: Stand) -> str:
    if side == NEW:
        return f"{ran}: {now.old or 'the release before'} may not work with the schema, so the traffic stays on {now.new}."
    return f"{ran}, but the traffic never left {now.old}, which is well: watch it, for its code does not know this schema."
