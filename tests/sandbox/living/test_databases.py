"""Databases behind PostgreSQL systems: who comes through, and what becomes of content."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.patience import until
from tests.sandbox.living.database_site import PASSWORD, USER, DatabaseSite


@pytest.fixture
def place(site, tmp_path):
    return DatabaseSite(site, tmp_path)


@pytest.fixture
def app(place):
    return place.instance("app")


def test_a_container_connects_with_the_password_of_the_secret_over_tls(place, app):
    with place.connect(app) as session:
        session.execute("CREATE TABLE exam (id int)")
        shown = session.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert shown.fetchone() == (False,)  # the gate ends TLS, the server behind it has none
        assert session.pgconn.ssl_in_use
        assert session.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "other"}, f'password authentication failed for user "{USER}"'),
        ({"user": "nobody"}, 'password authentication failed for user "nobody"'),
        ({"user": "postgres"}, 'password authentication failed for user "postgres"'),
        ({"user": "portal_owner"}, 'password authentication failed for user "portal_owner"'),
        ({"dbname": USER}, f'database "{USER}" does not exist'),
        ({"sslmode": "disable"}, "no encryption"),
        ({"host": "primary.elsewhere"}, "certificate"),
    ],
)
def test_what_is_wrong_is_refused_in_the_words_of_postgresql(place, app, wrong, words):
    with pytest.raises(psycopg.OperationalError, match=words):
        place.connect(app, **wrong)


def test_only_whom_the_rules_allow_comes_through(place, app):
    other = place.instance()
    with pytest.raises(psycopg.OperationalError):
        place.connect(other)
    place.connect(app).close()
    place.forbid()
    with pytest.raises(psycopg.OperationalError):
        place.connect(app)


def test_a_system_made_later_is_found_and_a_deleted_one_is_gone(place, app):
    second = place.create(displayName="second")
    ways = until(lambda: place.site.simulator.control("GET", "/network")[app])
    assert until(lambda: len(place.site.simulator.control("GET", "/network")[app]) == 8), ways
    place.connect(app, second).close()
    details = place.psql.get_connection_details(second).data.primary_db_endpoint
    place.psql.delete_db_system(second)
    port = place.site.simulator.control("GET", "/network")[app][f"{details.fqdn}:5432"]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=port, user=USER, dbname="postgres")


def test_a_new_login_counts_for_new_connections(place, app):
    with place.connect(app) as session:
        place.new_version("Sesame-4712")
        place.psql.reset_master_user_password(place.system, {"passwordDetails": place.password(2)})
        assert session.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        place.connect(app)
    place.connect(app, password="Sesame-4712").close()


INTERRUPTIONS = {
    "stop": lambda place: place.psql.stop_db_system(place.system),
    "restart": lambda place: place.psql.restart_db_instance_in_db_system(
        place.system,
        {
            "dbInstanceId": place.psql.get_db_system(place.system).data.instances[0].id,
            "restartType": "NORMAL",
        },
    ),
    "resize": lambda place: place.psql.update_db_system(
        place.system,
        {
            "shape": "PostgreSQL.VM.Standard.E4.Flex",
            "instanceOcpuCount": 4,
            "instanceMemorySizeInGBs": 64,
        },
    ),
    "delete": lambda place: place.psql.delete_db_system(place.system),
}


@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_what_stops_an_instance_drops_its_connections(place, app, name):
    with place.connect(app) as session:
        INTERRUPTIONS[name](place)
        with pytest.raises(psycopg.OperationalError):
            until(lambda: session.execute("SELECT 1") is None)


def test_a_failover_drops_connections_and_a_rename_does_not(place, app):
    items = [{"operation": "INSERT", "selection": "instances", "value": {"displayName": "two"}}]
    place.psql.patch_db_system(place.system, {"items": items})
    with place.connect(app) as session:
        place.psql.update_db_system(place.system, {"displayName": "renamed"})
        assert session.execute("SELECT 1").fetchone() == (1,)
        place.psql.failover_db_system(place.system, {})
        with pytest.raises(psycopg.OperationalError):
            until(lambda: session.execute("SELECT 1") is None)
    first = place.psql.get_connection_details(place.system).data.instance_endpoints[0].endpoint
    until(lambda: _ways(place, app, first.fqdn))
    with place.connect(app, endpoint=first) as session, pytest.raises(psycopg.Error):
        session.execute("CREATE TABLE x (id int)")


def _ways(place, instance, host):
    return f"{host}:5432" in place.site.simulator.control("GET", "/network")[instance]


@pytest.mark.parametrize(("state", "serves"), [("NEEDS_ATTENTION", True), ("FAILED", False)])
def test_a_system_that_needs_attention_serves_and_one_that_failed_does_not(
    place, app, state, serves
):
    end = place.psql.get_connection_details(place.system).data.primary_db_endpoint
    place.connect(app).close()
    ways = place.site.simulator.control("GET", "/network")[app]
    place.site.simulator.control("POST", "/states", {"id": place.system, "state": state})
    asked = {"host": "127.0.0.1", "port": ways[f"{end.fqdn}:5432"], "user": USER}
    asked |= {"password": PASSWORD, "dbname": "postgres"}
    if serves:
        psycopg.connect(**asked).close()
    else:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(**asked)


def test_a_stopped_system_serves_again_with_its_content(place, app):
    with place.connect(app) as session:
        session.execute("CREATE TABLE exam AS SELECT 7 AS id")
    place.psql.stop_db_system(place.system)
    with pytest.raises(psycopg.OperationalError):
        place.connect(app)
    place.psql.start_db_system(place.system, {})
    with place.connect(app) as session:
        assert session.execute("SELECT id FROM exam").fetchone() == (7,)


def test_a_backup_holds_the_content_of_its_moment(place, app):
    with place.connect(app) as session:
        session.execute("CREATE TABLE exam AS SELECT 7 AS id")
        backup = place.back_up()
        session.execute("UPDATE exam SET id = 8")
    source = {"sourceType": "BACKUP", "backupId": backup}
    twin = place.create(source=source, displayName="twin", credentials=None)
    until(lambda: len(place.site.simulator.control("GET", "/network")[app]) == 8)
    with place.connect(app, twin) as session:
        assert session.execute("SELECT id FROM exam").fetchone() == (7,)
        session.execute("DROP TABLE exam")  # it owns what was restored
    place.psql.restore_db_system(place.system, {"backupId": backup})
    with place.connect(app) as session:
        assert session.execute("SELECT id FROM exam").fetchone() == (7,)


def test_the_connections_that_a_system_shows_are_the_real_ones(place, app):
    with place.connect(app):
        until(lambda: 1.0 in _points(place))


def _points(place):
    now = datetime.now(UTC)
    query = f'Connections[1m]{{resourceId = "{place.system}"}}.max()'
    details = {"namespace": "oci_postgresql", "query": query}
    details |= {"startTime": now - timedelta(minutes=1), "endTime": now + timedelta(minutes=1)}
    found = place.site.monitoring.summarize_metrics_data(place.site.compartment, details).data
    return [point.value for stream in found for point in stream.aggregated_datapoints]
