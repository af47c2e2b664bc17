"""Fields that matter although no setting names them: the value that the portal leaves in them.

Another value was set outside the portal, which shows it and changes nothing. Each check takes the
value that OCI shows and says whether it is the expected one. Pure.
"""

from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]
HTTP_IDLE_SECONDS = 60  # of a listener for HTTP, unless it says otherwise


def is_unset(value: Any) -> bool:
    """Accept what says nothing: absent, empty or off."""
    return not value


def is_one_of(*values: Any) -> Check:
    """Accept OCI's own defaults, and what is absent."""
    return lambda value: value is None or value in values


def is_single(value: Any) -> bool:
    """Accept a list with one item at most."""
    return len(value or ()) <= 1


def has_usual_idle_time(value: Any) -> bool:
    """Accept the connection settings that a listener for HTTP has by itself."""
    return not value or value.get("idleTimeout") in (None, HTTP_IDLE_SECONDS)


def all_unset(*names: str) -> dict[str, Check]:
    """Return the check of fields that are to say nothing."""
    return dict.fromkeys(names, is_unset)
