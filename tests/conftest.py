"""Fixtures that every test may use."""

import gc
import os

import pytest
from django.test.utils import setup_databases

pytest_plugins = [
    "tests.committed",
    "tests.simulator",
    "tests.no_transaction",
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the tours: with xdist each worker starts with an equal share of the list, and a tour
    that begins last would leave the other cores idle.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    tours = [item for item in items if item.get_closest_marker("browser")]
    rest = [item for item in items if not item.get_closest_marker("browser")]
    share = -(-len(rest) // workers)
    items[:] = [
        item
        for number in range(workers)
        for item in (*tours[number::workers], *rest[number * share : (number + 1) * share])
    ]


def pytest_collection_finish() -> None:
    """Keep what was imported and collected out of every later garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
