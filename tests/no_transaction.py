"""No call to OCI is made inside a transaction: it would hold locks, and a connection, for as long
as OCI takes. Every test that reaches the client is a test of this.
"""

import pytest
from django.db import connections

from portal.cloud.client import CloudClient

_call = CloudClient._call


def open_blocks() -> list[object]:
    """Return the `atomic` blocks of this thread, without the one that pytest puts around a test."""
    return [
        block
        for connection in connections.all(initialized_only=True)
        for block in connection.atomic_blocks
        if not block._from_testcase
    ]


def _checked(client, service, operation, *rest):
    if open_blocks():
        pytest.fail(f"{service}.{operation} is called inside a transaction")
    return _call(client, service, operation, *rest)


def pytest_configure() -> None:
    """Put the check in front of every call."""
    CloudClient._call = _checked
