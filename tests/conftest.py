"""Fixtures that every test may use."""

import pytest
from django.test.utils import setup_databases

pytest_plugins = [
    "tests.committed",
    "tests.simulator",
    "tests.portal.accounts.people",
    "tests.portal.accounts.provider_double",
]


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings, django_db_blocker):
    """Make the test database as the owner role; it is thrown away with its server, so nothing
    is dropped.
    """
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False)
