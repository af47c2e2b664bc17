"""Acts that a person confirms by typing the name of what they change."""

from django.http import HttpRequest

LONGEST = 40  # characters of what was typed that a message repeats


def typed_name(request: HttpRequest, field: str = "environment") -> str:
    """Return what was typed into the form."""
    return request.POST.get(field, "").strip()


def problem_of(typed: str, name: str, *, effect: str = "Nothing was changed.") -> str:
    """Return why the confirmation does not count, empty when the very name was typed."""
    if typed == name:
        return ""
    return f"You typed {typed[:LONGEST]!r}; type {name} to confirm. {effect}"
