"""The confirmation of a dangerous act: the person types the name of what it changes."""

from portal.lib.act import Act
from portal.lib.refusal import Invalid


def require_typed_name(typed: str, expected: str, act: Act | None = None) -> None:
    """Refuse unless the name was typed exactly; spaces around it do not count."""
    typed = typed.strip()
    if typed != expected:
        raise Invalid(
            f"You typed {typed[:40]!r}; type {expected} to confirm. Nothing was changed.", act=act
        )
