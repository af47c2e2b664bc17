"""What a message says in each format; pure."""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 50  # events that one message lists
CARD_SHOWN = 25  # in a card, which Teams refuses above 28 KB
CHAT_WORDS = 1000  # characters of an event's words in a chat
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|>~-])")


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event in a message; `link` is the whole address of its page, `at` ISO 8601."""

    title: str
    words: str
    link: str
    subject: str
    environment: str
    at: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Events of one kind for one receiver; `id` stays the same at every try."""

    id: str
    kind: str
    kind_title: str
    events: Sequence[ToldEvent]

    @property
    def heading(self) -> str:
        """Return the one line that says it all."""
        places = ", ".join(dict.fromkeys(one.environment or "portal" for one in self.events))
        if len(self.events) == 1:
            return f"[{places}] {self.kind_title}: {self.events[0].title}"
        return f"[{places}] {self.kind_title}: {len(self.events)} times"

    def rest(self, shown: int = SHOWN) -> str:
        """Say how many events are not listed when so many are."""
        more = len(self.events) - shown
        return f"and {more} more" if more > 0 else ""


def mail_text(message: OutgoingMessage, footer: str) -> str:
    """Return the text of an e-mail."""
    if len(message.events) == 1:
        only = message.events[0]
        parts = [only.title, only.words, only.link]
    else:
        lines = [f"- {one.title}\n  {one.link}" for one in message.events[:SHOWN]]
        parts = [f"{message.heading}:", "\n".join(lines), message.rest()]
    return "\n\n".join([*filter(None, parts), f"-- \n{footer}"]) + "\n"


def json_body(message: OutgoingMessage) -> dict[str, Any]:
    """Return the generic body."""
    names = ("title", "words", "link", "subject", "environment", "at")
    return {
        "id": message.id,
        "kind": message.kind,
        "heading": message.heading,
        "events": [{name: getattr(one, name) for name in names} for one in message.events],
    }


def slack_body(message: OutgoingMessage) -> dict[str, Any]:
    """Return a body for Slack's incoming webhooks, and for those that understand the same."""
    lines = [f"*{_slack(message.heading)}*"]
    for one in message.events[:SHOWN]:
        lines.append(f"<{one.link}|{_slack(one.title)}>")
        if one.words and len(message.events) == 1:
            lines.append(_slack(one.words[:CHAT_WORDS]))
    return {"text": "\n".join(filter(None, [*lines, message.rest()]))}


def teams_body(message: OutgoingMessage) -> dict[str, Any]:
    """Return an adaptive card, which the workflows of Teams post."""
    blocks = [_block(_markdown(message.heading), weight="Bolder", size="Medium")]
    for one in message.events[:CARD_SHOWN]:
        blocks.append(_block(f"[{_markdown(one.title)}]({one.link})"))
    if len(message.events) == 1 and message.events[0].words:
        blocks.append(_block(_markdown(message.events[0].words[:CHAT_WORDS])))
    if rest := message.rest(CARD_SHOWN):
        blocks.append(_block(rest))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": message.events[0].link}],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


BODIES = {"json": json_body, "slack": slack_body, "teams": teams_body}


def encode(message: OutgoingMessage, format: str) -> bytes:
    """Return the bytes that are posted."""
    return json.dumps(BODIES[format](message), ensure_ascii=True).encode()


def sign(key: str, timestamp: int, body: bytes) -> str:
    """Return the value of X-Portal-Signature: HMAC-SHA256 of `<timestamp>.<body>`, in hex."""
    signed = f"{timestamp}.".encode() + body
    return "sha256=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()


def _slack(text: str) -> str:
    """Escape what Slack reads as a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _block(text: str, **look: str) -> dict[str, Any]:
    return {"type": "TextBlock", "wrap": True, "text": text, **look}
