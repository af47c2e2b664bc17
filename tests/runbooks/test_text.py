"""A runbook's text can do nothing but be read."""

import re
import time
from contextlib import suppress

import pytest

from portal.audit.verbs import Verb
from portal.lib.refusal import Forbidden, Invalid
from runbooks.models import Runbook
from runbooks.models.runbook import current
from runbooks.text import fill_in, render, render_unknown, shipped_html
from tests.patience import patient

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "![x](https://evil.example/x.png)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,AAAA)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '<https://evil.example/"onmouseover=alert(1)>',
    "[x](https://e.example 'a\"onmouseover=\"alert(1)')",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "<style>body{display:none}</style>",
    "<div style='position:fixed;inset:0'>",
    "<form action=https://evil.example><input name=csrf></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example>",
    "<object data=x><embed src=x>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<details open ontoggle=alert(1)>",
    "<x/onclick=alert(1)>x",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>",
    "<h1 hx-get=/admin hx-trigger=load>",
    "<p id=page class=p-band>",
    "[x](//evil.example)",
    "{{ 7 * 7 }} {% csrf_token %}",
]
ALLOWED = "h1|h2|h3|h4|p|ul|ol|li|strong|em|code|pre|blockquote|hr|br|a|table|thead|tbody|tr|th|td"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_of_a_hostile_text_lives(payload):
    for html in (render(payload), fill_in(render(payload), {"C": payload})):
        for tag in re.findall(r"<[^>]*>", html):
            assert re.fullmatch(
                rf"</?(?:{ALLOWED})(?: href=\"[^\"<>]*\")?(?: rel=\"noopener noreferrer\")?\s*/?>",
                tag,
            ), tag
        for address in re.findall(r'href="([^"]*)"', html):
            assert re.match(r"(https?:|mailto:|/|#|[a-z0-9.]*$)", address, re.I), address


def test_what_a_runbook_needs_is_rendered():
    html = render(
        "# T\n\n## A\n\n1. **b** `c`\n\n| x |\n|---|\n| y |\n\n```\noci "
        "lb\n```\n\n[portal](/incidents/)"
    )
    for part in (
        "<h2>A</h2>",
        "<ol>",
        "<strong>b</strong>",
        "<code>c</code>",
        "<td>y</td>",
        "oci lb",
        'href="/incidents/"',
    ):
        assert part in html


def test_names_in_capitals_are_filled_in_where_known():
    html = render("# Title\n\n`oci --compartment-id $C --load-balancer-id $LB`, costs $5")
    text = fill_in(html, {"C": "ocid1.<b>", "LB": ""})
    assert "ocid1.&lt;b&gt;" in text and "$LB" in text and "$5" in text
    assert "Title" not in text  # the page has its own


@pytest.mark.parametrize("piece", ["[", "[`", "[[]", "![", "**a ", "*a_ ", "> ", "- ", "[a](<b"])
def test_a_text_made_to_be_slow_is_rendered_or_refused_in_seconds(piece):
    began = time.monotonic()
    with suppress(Invalid):
        render_unknown((piece * 30_000)[:65_000])
    assert time.monotonic() - began < patient(8)


def test_a_text_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr("runbooks.text._WALL_SECONDS", 0.01)
    with pytest.raises(Invalid, match=r"text: it takes longer than 1 s to render"):
        render_unknown("# A")


def test_a_text_that_is_too_large_is_refused():
    with pytest.raises(Invalid, match="65540 bytes are too many"):
        render_unknown("x" * 65_540)


def test_half_a_character_is_refused():
    with pytest.raises(Invalid):
        render_unknown("\ud800")


def test_the_text_that_came_with_the_portal_holds_until_an_admin_edits_it(cast, audited):
    assert current("queue-lag").html == shipped_html("queue-lag")
    Runbook(kind="queue-lag").edit("# Ours\n\nCall Ada.", cast.admin)
    found = current("queue-lag")
    assert (found.html, found.edited_by) == ("<h1>Ours</h1>\n<p>Call Ada.</p>\n", cast.admin)
    assert "+Call Ada." in audited(Verb.RUNBOOK_CHANGED)[0][2]["difference"]
    found.restore_shipped(cast.admin)
    assert current("queue-lag").html == shipped_html("queue-lag")
    assert len(audited(Verb.RUNBOOK_CHANGED)) == 2


@pytest.mark.parametrize("who", ["deployer", "readonly", "auditor", "stranger"])
def test_only_admins_edit(cast, who):
    with pytest.raises(Forbidden):
        Runbook(kind="queue-lag").edit("# Mine", getattr(cast, who))
    assert not Runbook.objects.exists()
