"""The product on its database: migrations by the real Alembic, and what is wrong as in life."""

import http.client
import json

import pytest

from releases.deployment import migration
from tests.patience import patient, until
from tests.sandbox.living.conftest import get
from tests.sandbox.living.database_site import DatabaseSite

HEAD, LEFT, RIGHT, MERGED = "b3c4d5e6f7a8", "e6f7a8b9c0d1", "f7a8b9c0d1e2", "a8b9c0d1e2f3"
BROKEN = "d5e6f7a8b9c0"


@pytest.fixture
def place(site, tmp_path):
    return DatabaseSite(site, tmp_path)


def test_a_migration_that_fails_leaves_nothing_behind_in_the_database(place):
    code, log = place.migrate("1.4.0", HEAD)
    told = migration.parse(log)
    assert (code, told.after, told.tables) == (0, [HEAD], ["alembic_version", "record"])
    code, log = place.migrate("1.6.0-failmigration", BROKEN)
    told = migration.parse(log)
    assert (code, told.after, told.tables) == (1, [HEAD], ["alembic_version", "record"])
    assert "RuntimeError: broken on purpose" in log


def test_the_one_way_revision_of_the_other_branch_is_told(place):
    assert place.migrate("1.5.0-left", LEFT)[0] == 0
    code, log = place.migrate("1.6.0-merged", MERGED)
    told = migration.parse(log)
    assert (code, told.before, told.after, told.one_way) == (0, [LEFT], [MERGED], [RIGHT])


def test_an_image_with_two_heads_changes_nothing(place):
    code, log = place.migrate("1.5.0-branches", LEFT)
    assert (code, migration.parse(log).heads) == (migration.WRONG_HEAD, [LEFT, RIGHT])


def test_a_wrong_password_ends_a_migration_in_the_words_of_the_driver(place):
    code, log = place.migrate("1.4.0", HEAD, place.url("other"))
    assert code == 1 and not migration.parse(log).begun
    assert 'password authentication failed for user "conceptlens"' in log


def ask(port, path):
    status, content = get(port, path)
    return status, json.loads(content) if content.startswith(b"{") else content


def test_the_product_keeps_its_data_there_and_fails_once_after_a_restart(place):
    assert place.migrate("1.4.0", HEAD)[0] == 0
    port = place.serve()
    until(lambda: ask(port, "/health") == (200, HEALTHY))
    assert post(port, "/api/v1/courses", {"name": "algebra"}) == 201
    instance = place.psql.get_db_system(place.system).data.instances[0].id
    again = {"dbInstanceId": instance, "restartType": "NORMAL"}
    place.psql.restart_db_instance_in_db_system(place.system, again)
    assert [get(port, "/api/v1/courses")[0] for _ in range(2)] == [500, 200]
    other = place.serve()
    until(lambda: b"algebra" in get(other, "/api/v1/courses")[1])


def test_without_its_schema_the_product_looks_healthy_and_fails(place):
    port = place.serve()
    until(lambda: ask(port, "/health") == (200, HEALTHY))
    assert get(port, "/api/v1/courses")[0] == 500


def test_with_a_wrong_password_the_product_is_degraded(place):
    port = place.serve(place.url("other"))
    until(lambda: ask(port, "/health")[0] == 200)
    degraded = {**HEALTHY, "status": "degraded", "database": "disconnected"}
    assert ask(port, "/health") == (200, degraded)


HEALTHY = {
    "status": "healthy",
    "service": "conceptlens-api",
    "database": "connected",
    "openai": "not_configured",
}


def post(port, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patient(10))
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
