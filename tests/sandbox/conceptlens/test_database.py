"""DATABASE_URL as the product reads it, and what its driver says of a wrong one."""

import json

import psycopg
import pytest

from sandbox.conceptlens.database import Address, parse
from sandbox.conceptlens.postgres import connect

RIGHT = "postgresql://app:p%40ss@db.internal:5432/postgres?sslmode=require"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (RIGHT, Address("app", "p@ss", "db.internal", 5432, "postgres")),
        ("postgresql+asyncpg://a:b@[fd00::5]/x", Address("a", "b", "fd00::5", 5432, "x")),
        ("postgresql://a:p@ss@10.0.0.5:1/x", Address("a", "p", "ss@10.0.0.5", 1, "x")),
        ("sqlite:////tmp/x.db", Address(file="/tmp/x.db")),
        ("sqlite://", Address(file="")),
    ],
)
def test_an_address_is_taken_apart_as_by_sqlalchemy(url, address):
    assert parse(url) == address


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (RIGHT, "failed to resolve host 'db.internal'"),
        (RIGHT.replace("db.internal", "10.9.9.9"), "Connection timed out"),
        (RIGHT.replace("db.internal:5432", "10.20.10.5:5433"), "Connection refused"),
    ],
)
def test_only_the_network_of_the_container_is_reached(tmp_path, url, words):
    network = tmp_path / "network.json"
    network.write_text(json.dumps({"10.20.10.5:5432": 1}))
    with pytest.raises(psycopg.OperationalError, match=words):
        connect(parse(url), network)


def test_a_parameter_that_the_driver_does_not_know_fails_each_connection():
    with pytest.raises(TypeError, match="unexpected keyword argument 'sslrootcert'"):
        connect(parse(f"{RIGHT}&sslrootcert=/ca.pem"), None)
