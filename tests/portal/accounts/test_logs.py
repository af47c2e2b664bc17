"""Log lines: one JSON object each, no secret in any, nothing that a name or header could break."""

import json
import logging
import sys

import pytest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from portal.logs import JsonFormatter, NothingReported

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJkYW4ifQ.c2lnbmF0dXJl"


def line(message: str, *arguments, error: bool = False) -> dict:
    record = logging.LogRecord(
        "test", logging.INFO, __file__, 1, message, arguments, sys.exc_info() if error else None
    )
    text = JsonFormatter().format(record)
    assert "\n" not in text and text.isascii()
    return json.loads(text)


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer abcdefgh12345678",
        f"token was {JWT}",
        "password=hunter2hunter2",
        '{"api_key": "abcdefgh"}',
        "postgresql://user:hunter2hunter2@db/portal",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2hunter2\n-----END RSA PRIVATE KEY-----",
        "Basic aHVudGVyMmh1bnRlcjI=",
    ],
)
def test_it_masks_what_looks_like_a_secret(secret):
    message = line(secret)["message"]
    for part in ("abcdefgh", JWT, "hunter2hunter2", "aHVudGVyMmh1bnRlcjI="):
        assert part not in message


def test_it_masks_the_traceback_as_well():
    try:
        raise ValueError(f"bad token {JWT}")
    except ValueError:
        assert JWT not in line("it broke", error=True)["traceback"]


@pytest.mark.parametrize(
    "name", ['a"}\n{"level": "INFO"', "a\r\nb", "\x1b[31mred", "a\u2028b", "a\x00b", "\u202eevil"]
)
def test_a_name_cannot_break_or_forge_a_line(name):
    assert line("signed in: %s", name)["message"].startswith("signed in: ")


def test_it_leaves_ordinary_words_alone():
    assert line("token endpoint answered 400; secret set: 2 versions")["message"].count("•") == 0


def test_django_reports_nobodys_data():
    typed, cookie = (
        ("typed", "in"),
        ("portal", "cookie"),
    )  # joined only at run time: the report quotes source lines
    request = RequestFactory().post(
        "/x/", {"password": "-".join(typed)}, headers={"Cookie": f"a={'-'.join(cookie)}"}
    )
    request.exception_reporter_filter = NothingReported()
    try:
        raise ValueError("it broke")
    except ValueError:
        report = ExceptionReporter(request, *sys.exc_info())
    shown = report.get_traceback_text() + report.get_traceback_html()
    assert "-".join(typed) not in shown and "-".join(cookie) not in shown
    assert report.get_traceback_data()["frames"][-1]["vars"] == []
