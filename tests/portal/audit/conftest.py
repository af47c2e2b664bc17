"""Logs for the tests of the trail: in memory with their own key, or committed, with a
superuser to tamper with them.
"""

import base64
import hashlib
import json
import os
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from portal.audit import merkle, verifier
from portal.lib.canonical import canonical

WIPE = (
    "TRUNCATE audit_event, audit_pending, audit_seal, audit_batch, audit_node, audit_checkpoint"
    " RESTART IDENTITY"
)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def event(number, **fields):
    """Return the canonical bytes of an event as the database writes them."""
    base = {
        "actor": f"user:u{number}",
        "at": f"2026-01-01T00:00:{number % 60:02}.000000Z",
        "detail": {"n": number},
        "environment": "dev",
    }
    return canonical(
        {
            **base,
            "job": "",
            "outcome": "done",
            "request_id": "",
            "subject": f"plan:{number}",
            "verb": "environment.planned",
            **fields,
        }
    )


def line(sequence, body, leaf=None):
    """Return one line of an export."""
    leaf = leaf or merkle.leaf_hash(body).hex()
    return b'{"sequence":%d,"leaf":"%s","event":%s}' % (sequence, leaf.encode(), body)


def head_of(bodies, *, key=KEY, prev="", time="2026-01-01T01:00:00.000000Z"):
    """Return a signed head over the events."""
    stack = []
    for body in bodies:
        verifier.add(stack, merkle.leaf_hash(body))
    said = {"size": len(bodies), "root": verifier.root(stack).hex(), "time": time, "prev": prev}
    signed, public = b"portal audit head\n" + canonical(said), key.public_key().public_bytes_raw()
    return {
        **said,
        "key_id": hashlib.sha256(public).hexdigest()[:16],
        "public_key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(signed)).decode(),
    }


def head_digest(head):
    """Return what the next head names as `prev`."""
    return hashlib.sha256(
        b"portal audit head\n"
        + canonical({name: head[name] for name in ("size", "root", "time", "prev")})
    ).hexdigest()


@pytest.fixture
def files(tmp_path):
    """Return a function that writes lines and heads and returns the arguments of the verifier."""

    def write(lines, *heads):
        export = tmp_path / "export.ndjson"
        export.write_bytes(b"".join(item + b"\n" for item in lines))
        arguments = [str(export)]
        for number, head in enumerate(heads):
            (tmp_path / f"head{number}.json").write_text(json.dumps(head))
            arguments += ["--head", str(tmp_path / f"head{number}.json")]
        return arguments

    return write


@pytest.fixture
def superuser(django_db_setup, django_db_blocker):
    """Yield a superuser's connection to a committed, empty trail; wipes it afterwards, as
    only a superuser can.
    """
    socket = Path(os.environ["PORTAL_TEST_SERVICES"]) / "pg"
    with django_db_blocker.unblock():
        with psycopg.connect(_dsn(socket), autocommit=True) as owner:
            owner.execute("SET session_replication_role = replica")
            owner.execute(WIPE)
            yield owner
            owner.execute(WIPE)
        connection.close()


def _dsn(folder):
    name = connection.settings_dict["NAME"]
    host = connection.settings_dict["HOST"]
    return f"host={host or folder} user=postgres dbname={name}"
