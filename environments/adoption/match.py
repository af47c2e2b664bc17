"""Match resources built by hand with keys: by name first, then by kind. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from environments.desired import Actual, Desired, differences
from environments.kinds import KINDS

MANAGED, OURS, FOREIGN, MATCHED, OPEN, PART, ABSENT = (
    "managed",
    "ours",
    "foreign",
    "matched",
    "open",
    "part",
    "absent",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One resource that could be meant."""

    ocid: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found for one key."""

    key: str
    kind: str
    name: str
    standing: str
    ocid: str = ""
    words: str = ""
    candidates: tuple[Candidate, ...] = ()
    keeps: Mapping[str, Any] = field(default_factory=dict)
    differs: tuple[str, ...] = ()
    takes_away: tuple[str, ...] = ()  # what ends when a plan adopts it
    blocked: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept for the page."""
        plain = {
            name: getattr(self, name)
            for name in ("key", "kind", "name", "standing", "ocid", "words", "blocked")
        }
        candidates = [
            {"ocid": one.ocid, "name": one.name, "state": one.state} for one in self.candidates
        ]
        return {
            **plain,
            "candidates": candidates,
            "keeps": dict(self.keeps),
            "differs": list(self.differs),
            "takes_away": list(self.takes_away),
        }


def propose(
    want: Desired,
    found: Actual | None,
    others: Iterable[Actual],
    *,
    remembered: str,
    taken: Collection[str],
) -> Proposal:
    """Return what could be this key.

    `want` has its references resolved, `others` are of its kind, `taken` belong to other keys.
    """
    kind = KINDS[want.kind]
    about: dict[str, Any] = {"key": want.key, "kind": kind.name, "name": want.name}
    if found is None:
        left = tuple(_candidates(others, taken)) if may_have_another_name(want.kind) else ()
        words = "No resource has its name." if left else "It does not exist: a plan creates it."
        return Proposal(standing=OPEN if left else ABSENT, words=words, candidates=left, **about)
    if found.ocid == remembered:
        return Proposal(standing=MANAGED, ocid=found.ocid, **about)
    if kind.tagged and found.owner and not found.is_ours(want):
        words = f"{found.name} {found.whose}; it is never adopted."
        return Proposal(standing=FOREIGN, ocid=found.ocid, words=words, **about)
    how = PART if not kind.tagged else OURS if found.owner else MATCHED
    return Proposal(
        standing=how,
        ocid=found.ocid,
        candidates=(_candidate(found),),
        **about,
        **_compared(want, found),
    )


def may_have_another_name(kind: str) -> bool:
    """Say whether a resource of that kind can be adopted under another name."""
    return bool({"displayName", "name"} & KINDS[kind].in_place) or KINDS[kind].any_name


def only_one(proposals: Iterable[Proposal]) -> dict[str, str]:
    """Return the candidates that are the only ones for the only key of their kind."""
    waiting = [proposal for proposal in proposals if proposal.standing == OPEN]
    kinds = [proposal.kind for proposal in waiting]
    return {
        one.key: one.candidates[0].ocid
        for one in waiting
        if len(one.candidates) == 1 and kinds.count(one.kind) == 1 and one.key != "compartment"
    }


def _candidates(others: Iterable[Actual], taken: Collection[str]) -> Iterable[Candidate]:
    return (_candidate(found) for found in others if not found.owner and found.ocid not in taken)


def _candidate(found: Actual) -> Candidate:
    return Candidate(found.ocid, found.name, found.state)


def _compared(want: Desired, found: Actual) -> dict[str, Any]:
    """Return what differs, what stays as it is, and what keeps a plan from adopting it."""
    kind = KINDS[want.kind]
    different = differences(want.fields, found.wire)
    differing = {one.field: one.have for one in different}
    fixed = [name for name in differing if name not in kind.in_place]
    kept = kind.keepable & set(fixed)
    left = [name for name in fixed if name not in kept] if not kind.replaceable else []
    blocked = f"OCI cannot change {', '.join(left)} of a {kind.name} in place." if left else ""
    differs = tuple(
        name
        for name in differing
        if name not in kept and name not in ("freeformTags", "definedTags")
    )
    return {
        "keeps": {name: differing[name] for name in kept},
        "differs": differs,
        "takes_away": tuple(
            cost.words
            for cost in kind.costs_of_update(found, different)
            if cost.takes_away and not left
        ),
        "blocked": blocked,
    }


def with_kept_fields(
    wanted: Iterable[Desired], kept: Mapping[str, Mapping[str, Any]]
) -> list[Desired]:
    """Return the blueprint with the fields that adopted resources keep as they were found.

    A field that was found absent is left out: OCI cannot change it, and nothing depends on it.
    """
    return [_with_kept(want, kept.get(want.key, {})) for want in wanted]


def _with_kept(want: Desired, kept: Mapping[str, Any]) -> Desired:
    fields = {name: kept.get(name, value) for name, value in want.fields.items()}
    present = {
        name: value for name, value in fields.items() if name not in kept or value is not None
    }
    return replace(want, fields=present) if kept else want
