"""The rule for reasons: long enough to say something, short enough to be kept."""

from portal.lib.act import Act
from portal.lib.refusal import Invalid

SHORTEST = 3
LONGEST = 2000


def require_reason(
    text: str,
    act: Act | None = None,
    *,
    field: str = "reason",
    why: str = "why",
    shortest: int = SHORTEST,
    longest: int = LONGEST,
) -> str:
    """Return the text stripped and cut to `longest` characters; refuse one that is too short.

    `why` completes "say ...".
    """
    text = text.strip()
    if len(text) < shortest:
        raise Invalid(f"{field}: say {why}, in at least {shortest} characters.", act=act)
    return text[:longest]
