"""What the page of adoption shows, from the database alone."""

from typing import Any

from environments.adoption.match import ABSENT, FOREIGN, MANAGED, MATCHED, OPEN, OURS, PART
from environments.models import Environment

SECTIONS = (
    ((OPEN,), "Choose by hand", "Nothing has the name that the portal gives. What you choose is renamed where OCI can do that."),
    ((MATCHED,), "To adopt", "They have the right name, or are the only one of their kind, and carry no tag of the portal yet."),
    ((FOREIGN,), "Not to be had", "They carry the tags of something else: what belongs to others is never adopted."),
    (
        (OURS, PART),
        "Ours already",
        "They carry the portal's tags, or are parts of what is adopted.",
    ),
    ((MANAGED,), "Managed", "The portal manages these."),
    ((ABSENT,), "Not there", "A plan creates them."),
)


def of_adoption(environment: Environment, user: Any) -> dict[str, Any]:
    """Return the context of the page; three queries however much was found."""
    seen, chosen = environment.discoveries.first(), environment.adoptions.chosen()
    proposals = [_shown(one, chosen) for one in (seen.proposals if seen else [])]
    sections = [(title, words, [one for one in proposals if one["standing"] in which]) for which, title, words in SECTIONS]
    return {
        "environment": environment,
        "seen": seen,
        "folded": [title for which, title, _ in SECTIONS if which[0] in (MANAGED, ABSENT, OURS)],
        "sections": [section for section in sections if section[2]],
        "settings": [(name, _now(environment, name), value) for name, value in (seen.settings if seen else {}).items()],
        "open": any(one["standing"] == OPEN for one in proposals),
        "choosing": any(one["standing"] in (OPEN, MATCHED) for one in proposals),
        "blocked": [one for one in proposals if one["blocked"]],
        "chosen": chosen,
        "can_adopt": environment.can_adopt(user),
        "can_plan": environment.can_plan(user),
    }


def _shown(proposal: dict[str, Any], chosen: dict[str, str]) -> dict[str, Any]:
    """Add what is ticked: the choice that was made, else what the look would choose."""
    return {**proposal, "picked": chosen.get(proposal["key"]) or (proposal["ocid"] if proposal["standing"] == MATCHED else "")}


def _now(environment: Environment, name: str) -> Any:
    return getattr(environment, name) if name in ("owner", "cost_center") else environment.setting(name)
