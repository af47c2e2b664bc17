"""The environment of a sandbox: what a server's environment file would say, with our stand-ins in
it.
"""

import json
import os
import urllib.request
from collections.abc import Mapping

from sandbox.keys import write_private
from sandbox.place import Place
from sandbox.postgres import OWNER, RUNTIME, Postgres

_KEPT = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TERM", "LOG_LEVEL", "VIRTUAL_ENV")


def of_parts(place: Place, server: Postgres, keys: Mapping[str, str]) -> dict[str, str]:
    """Return what is known before the simulator is asked for its tenancy."""
    web = f"http://localhost:{place.port}"
    return {
        "PORTAL_SANDBOX": "1",
        "PORTAL_URL": web,
        "SECRET_KEY": keys["SECRET_KEY"],
        "JOB_TOKEN_KEY": keys["JOB_TOKEN_KEY"],
        "AUDIT_SIGNING_KEY": keys["AUDIT_SIGNING_KEY"],
        "DATABASE_URL": server.url(RUNTIME),
        "DATABASE_OWNER_URL": server.url(OWNER),
        "REDIS_URL": f"redis://{place.at(4)}/0",
        "WORKER_STEADY_SECONDS": str(60 * place.time_scale),
        "WEBHOOK_USER": "oci",
        "WEBHOOK_PASSWORD": keys["WEBHOOK_PASSWORD"],
        "WEBHOOK_URL": f"http://{place.at(0)}/hooks/oci-notifications/",
        "SANDBOX_CONTROL_URL": f"http://{place.at(3)}",
        # a file for each letter, to read what people are told
        "EMAIL_URL": f"filemail:///{place.folder / 'mail'}",
        **_sign_in(place, keys),
    }


def of_tenancy(place: Place) -> dict[str, str]:
    """Ask the simulator for its tenancy; the private key goes into a file, as on a server."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        f"http://{place.at(3)}/tenancy", timeout=5
    ) as answer:
        tenancy = json.load(answer)
    key_file = place.folder / "oci-key.pem"
    write_private(key_file, tenancy["key"])
    return {
        "OCI_AUTH": "api_key",
        "OCI_ENDPOINT": f"http://{place.at(2)}",
        "OCI_TENANCY": tenancy["tenancy"],
        "OCI_USER": tenancy["user"],
        "OCI_FINGERPRINT": tenancy["fingerprint"],
        "OCI_KEY_FILE": str(key_file),
        "OCI_REGION": tenancy["region"],
    }


def inherited() -> dict[str, str]:
    """Return what a part takes over from this process: where things are, nothing that configures
    the portal.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1", "NO_PROXY": "127.0.0.1,localhost"}


def lines(environment: Mapping[str, str]) -> str:
    """Return the environment as `KEY=value` lines."""
    return "".join(f"{name}={value}\n" for name, value in environment.items())


def _sign_in(place: Place, keys: Mapping[str, str]) -> dict[str, str]:
    issuer = f"http://{place.at(1)}"
    return {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "portal",
        "OIDC_CLIENT_SECRET": keys["OIDC_CLIENT_SECRET"],
    }
