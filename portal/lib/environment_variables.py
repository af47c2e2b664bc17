"""Reads settings from the environment, or from the file that `NAME_FILE` names, and says all that
is wrong at once.
"""

import os
import sys
import warnings
from contextlib import suppress
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_EMPTY: dict[type, Any] = {int: 0, float: 0.0, bool: False, list: [], dict: {}}


class SettingsReader(environ.FileAwareEnv):  # type: ignore[misc]
    """django-environ that goes on after a value that is missing or cannot be read; `finish` ends
    the process with one line for each. A value is never shown.
    """

    def __init__(self, **scheme: Any) -> None:
        super().__init__(**scheme)
        self.problems: dict[str, str] = {}

    def get_value(self, var: str, cast: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return the value, or something empty of its type after noting what is wrong."""
        try:
            return super().get_value(var, cast, *args, **kwargs)
        except ImproperlyConfigured:
            self.problems[var] = "is not set"
        except OSError as error:
            self.problems[f"{var}_FILE"] = f"names a file that cannot be read: {error.strerror}"
        except (ValueError, TypeError):
            kind = getattr(cast, "__name__", "value")
            self.problems[var] = f"is not {_ARTICLES.get(kind, 'readable')}"
        return _EMPTY.get(cast, "")

    def db_url(self, var: str = "DATABASE_URL", *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the parts of a database's address."""
        found: dict[str, Any] = {}
        with warnings.catch_warnings(), suppress(ValueError, KeyError):
            warnings.simplefilter("ignore")  # the library's warning would show the password
            found = super().db_url(var, *args, **kwargs)
        is_given = bool({var, f"{var}_FILE"} & os.environ.keys())
        is_told = bool({var, f"{var}_FILE"} & self.problems.keys())
        usable = found.get("ENGINE") == "django.db.backends.postgresql" and found.get("NAME")
        if not usable and is_given and not is_told:
            self.problems[var] = (
                "is not an address such as postgres://user:password@host:5432/name (signs like"
                " @ : / # ? % in user and password are percent-encoded)"
            )
        return found

    def finish(self) -> None:
        """End the process with exit code 2 when something is missing or wrong."""
        if not self.problems:
            return
        lines = [f"  {name} {what}" for name, what in sorted(self.problems.items())]
        print(
            "The portal cannot start with these settings:",
            *lines,
            "docs/deploy.md says what each one is; `manage.py new_keys` makes the secret ones.",
            sep="\n",
            file=sys.stderr,
        )
        raise SystemExit(2)


_ARTICLES = {"int": "a whole number", "float": "a number", "bool": "true or false"}
