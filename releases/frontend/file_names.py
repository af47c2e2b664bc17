"""The rules for names inside a bundle: they become addresses, so they must mean the same
everywhere.
"""

import unicodedata
from collections.abc import Sequence

INDEX = "index.html"
LONGEST = 500
LITTER = {"__MACOSX", ".DS_Store", "Thumbs.db"}  # what desktops put into archives
_FORBIDDEN = set('\\?#%*:"<>|')


def is_litter(name: str) -> bool:
    """Say whether a file is a desktop's own, and left out."""
    return bool(LITTER & set(name.split("/")))


def problem(name: str) -> str:
    """Return the rule that a name breaks, or nothing."""
    parts = name.split("/")
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return "is absolute: names are relative to the bundle"
    if ".." in parts:
        return "leaves the bundle by `..`"
    if not name or "" in parts or "." in parts:
        return "has an empty part"
    if len(name.encode("utf-8", "replace")) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    if (
        not name.isprintable()
        or _FORBIDDEN & set(name)
        or any(part != part.strip() for part in parts)
    ):
        return "has a character that addresses do not take"
    if name != unicodedata.normalize("NFC", name):
        return "is spelled with separate accents (not NFC)"
    if any(part.startswith(".") and part != ".well-known" for part in parts):
        return "is hidden: such files hold settings and secrets, and are not meant for the public"
    return ""


def clashes(names: Sequence[str]) -> list[str]:
    """Return the names that some system takes for one that was there before: same but for
    case, or a file that is a folder.
    """
    seen: set[str] = set()
    folders = {folder for name in names for folder in _folders(_folded(name))}
    found: list[str] = []
    for name in names:
        folded = _folded(name)
        if folded in seen or folded in folders:
            found.append(name)
        seen.add(folded)
    return found


def root(names: Sequence[str]) -> str:
    """Return the folder that everything lies in (`dist/`) when the bundle was packed with it;
    nothing otherwise.
    """
    tops = {name.partition("/")[0] for name in names}
    top = next(iter(tops), "")
    return f"{top}/" if len(tops) == 1 and f"{top}/{INDEX}" in names else ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _folders(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
