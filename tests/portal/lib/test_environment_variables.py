"""Settings that are missing or wrong: all told at once, none shown, exit code 2."""

import os
import subprocess
import sys

import pytest

GOOD = {
    "DATABASE_URL": "postgres://portal@db/portal",
    "REDIS_URL": "redis://valkey",
    "SECRET_KEY": "k" * 50,
}


def start(*words, **given):
    """Run manage.py with nothing but these settings; return (exit code, output, errors)."""
    env = {"PATH": os.environ["PATH"], **given}
    done = subprocess.run(
        [sys.executable, "manage.py", *words], env=env, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_all_that_is_missing_is_told_at_once_without_a_traceback(tmp_path):
    code, _, said = start("check", DATABASE_URL_FILE=str(tmp_path / "none"), JOB_SLOTS="many")
    assert code == 2 and "Traceback" not in said
    lines = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert lines == [
        "DATABASE_URL_FILE names a file that cannot be read: No such file or directory",
        "JOB_SLOTS is not a whole number",
        "REDIS_URL is not set",
        "SECRET_KEY is not set",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "postgres://portal:Canary7391@db:port/portal",
        "Canary7391",
        "mysterious://portal:Canary7391@db/portal",
    ],
)
def test_a_database_address_that_is_none_is_told_and_not_shown(address):
    code, out, said = start("check", **{**GOOD, "DATABASE_URL": address})
    assert code == 2 and "DATABASE_URL is not an address" in said
    assert "percent-encoded" in said and "Canary" not in said + out


def test_a_value_that_cannot_be_read_is_not_shown():
    code, _, said = start("check", **GOOD, OIDC_TOKEN_BASIC_AUTH="Canary", DATABASE_POOL="Canary")
    assert code == 2 and "DATABASE_POOL is not a whole number" in said and "Canary" not in said


def test_new_keys_make_what_a_server_starts_with_and_no_two_alike():
    (code, one, _), (_, other, _) = start("new_keys"), start("new_keys")
    made = dict(line.split("=", 1) for line in one.splitlines())
    assert code == 0 and {"SECRET_KEY", "AUDIT_SIGNING_KEY", "JOB_TOKEN_KEY"} <= made.keys()
    assert not set(one.splitlines()) & set(other.splitlines())
    assert start("check", **{**GOOD, **made})[0] == 0
    assert start("new_keys", "METRICS_TOKEN")[1].startswith("METRICS_TOKEN=")
    assert start("new_keys", "PASSWORD")[0] == 2
