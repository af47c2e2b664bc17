"""Renders Markdown to HTML that can only be read."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from portal.lib.refusal import Invalid

FOLDER = Path(__file__).resolve().parent / "content"
LARGEST_BYTES = 64 * 1024
_CPU_SECONDS, _WALL_SECONDS = 1, 5
_TAGS = {
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "code",
    "pre",
    "blockquote",
    "hr",
    "br",
    "a",
}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_PLACE = re.compile(r"\$([A-Z][A-Z_]*)\b")
_TITLE = re.compile(r"\s*<h1>.*?</h1>", re.DOTALL)  # the page has its own
_LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (%d, %d)); from runbooks.text "
    "import render; "
)
_LIMITED += "sys.stdout.write(render(sys.stdin.read()))"


def render(text: str) -> str:
    """Return the HTML of a Markdown text: headings, lists, tables, code and links; no
    picture, no script, no style.
    """
    raw = (
        MarkdownIt("commonmark", {"html": False, "linkify": False})
        .enable("table")
        .disable("image")
        .render(text)
    )
    return nh3.clean(
        raw,
        tags=_TAGS,
        attributes={"*": set(), "a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def render_unknown(text: str) -> str:
    """Render a text that somebody typed, in a process of its own: some texts take a parser
    minutes.
    """
    size = len(text.encode(errors="replace"))
    if size > LARGEST_BYTES:
        raise Invalid(
            f"text: {size} bytes are too many; a runbook holds at most {LARGEST_BYTES}.",
            next_step="Shorten it.",
        )
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LIMITED % (_CPU_SECONDS, _CPU_SECONDS)],
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_WALL_SECONDS,
            cwd=FOLDER.parent.parent,
            check=True,
        )
    except (subprocess.SubprocessError, UnicodeError) as error:
        raise Invalid(
            f"text: it takes longer than {_CPU_SECONDS} s to render, or cannot be rendered at "
            "all. Nothing was saved.",
            next_step="Look for long runs of brackets or asterisks.",
        ) from error
    return done.stdout


def shipped_text(kind: str) -> str:
    """Return the Markdown that came with the portal."""
    return (FOLDER / f"{kind}.md").read_text(encoding="utf-8")


@cache
def shipped_html(kind: str) -> str:
    """Return its HTML; rendered once per process."""
    return render(shipped_text(kind))


def fill_in(html: str, places: dict[str, str]) -> SafeString:
    """Return a runbook's HTML with `$C`, `$LB` and the like replaced by what they are in an
    environment, where that is known.
    """
    text = _PLACE.sub(
        lambda match: escape(places.get(match[1]) or match[0]), _TITLE.sub("", html, count=1)
    )
    return mark_safe(text)  # noqa: S308 - it was cleaned when it was rendered, and what is filled in is escaped
