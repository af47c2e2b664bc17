"""A message of OCI Notifications: what it must look like to be believed as far as a hint; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from portal.lib.refusal import Invalid

LARGEST_BYTES = 64 * 1024
OLDEST = timedelta(
    hours=3
)  # Notifications tries for two hours; what comes later was kept by somebody else
NEWEST = timedelta(minutes=5)
PREFIX = "X-OCI-NS-"
_LONGEST_HEADER = 2000
_MOST_ALARMS = 100


@dataclass(frozen=True)
class Message:
    """One message, its headers by their short names (`MessageId`, `TopicOcid`)."""

    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def message_id(self) -> str:
        """Return the id that is the same on every delivery of the message."""
        return self.headers["MessageId"]

    @property
    def kind(self) -> str:
        """Return what it says it is; whatever carries a confirmation address is a confirmation."""
        if self.confirmation:
            return "SubscriptionConfirmation"
        return str(self.body.get("type") or self.headers.get("MessageType") or "Notification")[:60]

    @property
    def confirmation(self) -> str:
        """Return the address that confirms a subscription: it is read, never opened."""
        return self.headers.get("ConfirmationURL") or str(self.body.get("ConfirmationURL") or "")

    @property
    def token(self) -> str:
        """Return the token inside the confirmation address."""
        try:
            return parse_qs(urlsplit(self.confirmation).query).get("token", [""])[0]
        except ValueError:
            return ""

    @property
    def alarms(self) -> list[str]:
        """Return the OCIDs of the alarms that it speaks of."""
        rows = self.body.get("alarmMetaData")
        found = (
            [row.get("id") for row in rows[:_MOST_ALARMS] if isinstance(row, dict)]
            if isinstance(rows, list)
            else []
        )
        return sorted({ocid for ocid in found if isinstance(ocid, str) and 0 < len(ocid) <= 255})

    @property
    def vanished(self) -> bool | None:
        """Say whether it tells that the alarm's metric is gone; None when it tells nothing
        about that.
        """
        return {"RESET": True, "FIRING_TO_OK": False, "OK_TO_FIRING": False, "REPEAT": False}.get(
            self.kind
        )


def parse(headers: Mapping[str, str], content: bytes, *, now: datetime) -> Message:
    """Return the message, or refuse it in words that name the field and the rule."""
    short = _short(headers)
    for name in ("MessageId", "TopicOcid", "Timestamp"):
        if not short.get(name):
            raise Invalid(f"The header {PREFIX}{name} is missing.")
    _check_age(short["Timestamp"], now)
    if len(short["MessageId"]) > 255:
        raise Invalid(f"The header {PREFIX}MessageId is longer than 255 characters.")
    return Message(short, _object(content))


def _short(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {}
    for name, value in headers.items():
        if name.lower().startswith(PREFIX.lower()):
            word = name[len(PREFIX) :].replace("-", "").lower()
            kept[_NAMES.get(word, word)] = value[:_LONGEST_HEADER]
    return kept


_WORDS = (
    "MessageId TopicOcid TopicName MessageType UnsubscribeURL ConfirmationURL SubscriptionId "
    "State Signature Timestamp"
)
_NAMES = {word.lower(): word for word in f"{_WORDS} SignatureVersion SigningCertURL".split()}


def _check_age(text: str, now: datetime) -> None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"The header {PREFIX}Timestamp is not a time: {text[:60]!r}.") from error
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if not now - OLDEST <= at <= now + NEWEST:
        raise Invalid(
            f"The message is of {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: too old, or from the "
            "future."
        )


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not JSON in UTF-8.") from error
    if not isinstance(body, dict):
        raise Invalid("The body is JSON, but not an object.")
    if b"\\u0000" in content:
        raise Invalid("The body holds a NUL character, which no text of an alarm does.")
    return body
