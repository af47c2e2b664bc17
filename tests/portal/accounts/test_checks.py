"""What `check` says about settings that contradict each other, and that a proper server's
settings are clean.
"""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.checks import contradictions, deployment

ROOT = Path(__file__).resolve().parents[3]
PROVIDER = "https://id.example.com"
SERVER = {
    "PORTAL_URL": "https://portal.example.com",
    "ALLOWED_HOSTS": "portal.example.com",
    "BEHIND_TLS_PROXY": "1",
    "SECRET_KEY": "k" * 20 + "abcdefghijklmnopqrstuvwxyz0123456789",
    "JOB_TOKEN_KEY": "another-key-for-retry-tokens-0123456789",
    "AUDIT_SIGNING_KEY": base64.b64encode(bytes(32)).decode(),
    "WEBHOOK_PASSWORD": "a-long-random-webhook-password",
    "DATABASE_URL": "postgresql://portal_app:x@db.example.com/portal",
    "DATABASE_OWNER_URL": "postgresql://portal_owner:x@db.example.com/portal",
    "REDIS_URL": "rediss://:x@redis.example.com/0",
    "OIDC_ISSUER": PROVIDER,
    "OIDC_CLIENT_ID": "portal",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_AUTHORIZATION_ENDPOINT": f"{PROVIDER}/authorize",
    "OIDC_TOKEN_ENDPOINT": f"{PROVIDER}/token",
    "OIDC_USERINFO_ENDPOINT": f"{PROVIDER}/userinfo",
    "OIDC_JWKS_ENDPOINT": f"{PROVIDER}/jwks",
    "OCI_AUTH": "instance_principal",
}


def check(*words: str, **changes: str) -> subprocess.CompletedProcess:
    """Run `manage.py check` as a server would, with an environment of its own."""
    environment = {"PATH": os.environ["PATH"], **SERVER, **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_proper_server_is_clean():
    done = check("--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_bare_server_is_told_everything():
    bare = dict.fromkeys(
        (
            name
            for name in SERVER
            if name.startswith(("OIDC_", "OCI_AUTH", "ALLOWED", "AUDIT", "WEBHOOK"))
        ),
        "",
    )
    done = check(
        "--deploy",
        "--fail-level",
        "WARNING",
        **{**bare, "OCI_AUTH": "api_key", "ALLOWED_HOSTS": "other.example.com"},
    )
    assert done.returncode == 1
    for number in (6, 7, 10, 12, 15):
        assert f"portal.W{number:03}" in done.stderr


def ids(found) -> set[str]:
    assert all(message.hint for message in found), "every message says the way out"
    return {message.id for message in found}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OIDC_RP_SIGN_ALGO", "HS256", "portal.E001"),
        ("OIDC_RP_SIGN_ALGO", "none", "portal.E001"),
        ("OIDC_ISSUER", PROVIDER, "portal.E002"),
        ("IDENTITY_WRITE_SECONDS", 61, "portal.E003"),
        ("AUDIT_SIGNING_KEY", "c2hvcnQ=", "portal.E004"),
        ("AUDIT_SIGNING_KEY", "not base64!", "portal.E004"),
        ("JOB_KIND_ALIASES", {"mail.post": "mail.nothing"}, "portal.E007"),
        ("JOB_KIND_ALIASES", {"mail.send": "releases.deploy"}, "portal.E007"),
        ("SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"), "portal.E008"),
    ],
)
def test_it_reports_what_cannot_work(settings, name, value, expected):
    assert expected not in ids(contradictions(None))
    setattr(settings, name, value)
    assert expected in ids(contradictions(None))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"auth": "magic"}, "portal.E005"),
        ({"auth": "api_key", "user": "ocid1.user", "key": ""}, "portal.E006"),
    ],
)
def test_it_reports_half_a_credential(settings, change, expected):
    settings.OCI = {**settings.OCI, "tenancy": "", "fingerprint": "", **change}
    assert expected in ids(contradictions(None))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"PORTAL_SANDBOX": True}, "portal.W001"),
        ({"DEBUG": True}, "portal.W002"),
        ({"PORTAL_URL": "http://portal.example.com"}, "portal.W004"),
        (
            {"PORTAL_URL": "https://portal.example.com", "SECURE_PROXY_SSL_HEADER": None},
            "portal.W005",
        ),
        ({"ALLOWED_HOSTS": ["*"]}, "portal.W006"),
        ({"OIDC_ISSUER": PROVIDER, "OIDC_RP_CLIENT_SECRET": ""}, "portal.W008"),
        ({"OIDC_OP_TOKEN_ENDPOINT": "http://id.example.com/token"}, "portal.W009"),
        ({"JOB_TOKEN_KEY": "same", "SECRET_KEY": "same"}, "portal.W011"),
        ({"METRICS_TOKEN": "short"}, "portal.W013"),
        (
            {"OCI": {"auth": "api_key", "key": "", "endpoint": "http://127.0.0.1:8002"}},
            "portal.W014",
        ),
    ],
)
def test_it_reports_what_must_not_go_to_a_server(settings, changes, expected):
    for name, value in changes.items():
        setattr(settings, name, value)
    assert expected in ids(deployment(None))


def test_it_reports_a_runtime_role_that_owns_the_schema(settings, monkeypatch):
    assert "portal.W003" not in ids(deployment(None))
    monkeypatch.setitem(settings.DATABASES["default"], "USER", settings.DATABASES["owner"]["USER"])
    assert "portal.W003" in ids(deployment(None))
