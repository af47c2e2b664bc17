"""The few tags that every page shares: title, time, state badge, duration, short OCID."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.lib.tone import tone as tone_of

register = template.Library()

_UUID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@register.simple_tag(takes_context=True)
def page_title(context: Context) -> SafeString | str:
    """Render the page's `title` block a second time, as its heading."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block("title")
    return block.nodelist.render(context) if block else ""


@register.simple_tag
def when(at: datetime | None, empty: str = "—") -> SafeString | str:
    """Show a moment in UTC; the page's script adds the reader's local time."""
    if at is None:
        return empty
    utc = at.astimezone(UTC)
    return format_html(
        '<time data-when datetime="{}">{} UTC</time>',
        utc.isoformat(),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
    )


@register.filter
def tone(state: object) -> str:
    """Return the tone of a state: ok, warn, bad, busy or idle."""
    return tone_of(state)


@register.simple_tag
def badge(text: Any, as_tone: str | None = None) -> SafeString:
    """Show a state as a coloured word; colour is never the only sign."""
    return format_html(
        '<span class="p-badge is-{}">{}</span>',
        as_tone or tone_of(text),
        str(text).replace("_", " "),
    )


@register.filter
def duration(seconds: float | None) -> str:
    """Say a number of seconds as a person would: 42 s, 3 min 5 s, 2 h 10 min."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    if whole < 1:
        return "< 1 s"
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@register.filter
def short_ocid(ocid: str | None) -> str:
    """Shorten an OCID to its kind and last eight characters."""
    if not ocid or not ocid.startswith("ocid1."):
        return ocid or "—"
    return f"{ocid.split('.')[1]}…{ocid[-8:]}"


@register.filter
def who(actor: str) -> str:
    """Say who acted as people say it: dora, token ci, the portal (schedule), job 1682ff64."""
    part, _, name = actor.partition(":")
    if part == "user":
        return name
    if part == "system":
        return f"the portal ({name})"
    return brief(actor).replace(":", " ")


@register.filter
def brief(text: str) -> str:
    """Keep the first eight characters of each UUID."""
    return _UUID.sub(r"\1", text)


@register.filter
def jsonish(value: Any) -> str:
    """Say a value as it would be written in settings: text bare, nothing as a word, the rest
    as JSON.
    """
    if value is None:
        return "nothing"
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    )


@register.filter
def after_dot(name: str) -> str:
    """Leave the namespace of a tag's name out."""
    return name.rpartition(".")[2]
