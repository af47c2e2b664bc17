"""Values of DATABASE_URL that are right: a file at the head of the schema, or a real database."""

import base64
import itertools
import sqlite3
import tempfile
from pathlib import Path
from urllib.parse import quote

import oci

from sandbox.conceptlens.store import SCHEMA

HEAD = "b3c4d5e6f7a8"  # of the stub's images
VERSION = f"""
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('{HEAD}');
"""
_numbers = itertools.count()


def file_url(folder: Path | None = None) -> str:
    """Return the address of a new file of SQLite, migrated: for tests that need no database."""
    folder = folder or Path(tempfile.mkdtemp(prefix="product-"))
    file = folder / f"product-{next(_numbers)}.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.executescript(SCHEMA + VERSION)
    connection.close()
    return f"sqlite:///{file}"


def real_url(simulator, facts: dict, password_secret: str) -> str:
    """Return the address of a db system, as a person finds it out: the facts are those that the
    portal shows, the password is read in Vault with an operator's rights.
    """
    password = quote(read_secret(simulator, password_secret), safe="")
    place = f"{facts['host']}:{facts['port']}"
    return f"postgresql://{facts['user']}:{password}@{place}/postgres?sslmode=require"


def read_secret(simulator, ocid: str) -> str:
    """Return a secret's value, read by the tenancy's operator."""
    person = next(user for user in simulator.tenancy["users"] if user["name"] == "operator")
    config = {**simulator.config, "user": person["ocid"], "fingerprint": person["fingerprint"]}
    config["key_content"] = person["key"]
    reader = oci.secrets.SecretsClient(config, service_endpoint=simulator.endpoint)
    content = reader.get_secret_bundle(ocid).data.secret_bundle_content.content
    return base64.b64decode(content).decode()
