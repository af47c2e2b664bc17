"""The check that every test carries: the client is not called inside a transaction."""

import pytest
from django.db import transaction

from portal.cloud.client import client

pytestmark = pytest.mark.django_db


def test_a_call_inside_a_transaction_fails_the_test(simulator):
    assert client().namespace
    with pytest.raises(pytest.fail.Exception, match="called inside a transaction"):
        read_in_a_transaction()


def read_in_a_transaction():
    with transaction.atomic():
        client().read("identity", "list_regions")
