"""The database itself refuses a requester's approval, a changed plan, and a deployment
without enough approvals.
"""

import pytest
from django.db import DatabaseError, connection, transaction

from releases.models import Approval, Release
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db
OTHER = "sha256:" + "0" * 64


def refused(sql, *args):
    """Run a statement as the runtime role; return the database's words when it refuses."""
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, args)
    return str(caught.value)


INSERT = (
    "INSERT INTO releases_approval (release_id, requester_id, approver_id, digest, comment, "
    "approved_at)"
    " VALUES (%s, %s, %s, %s, '', now())"
)


def approve(release, approver, digest=None):
    return Approval.objects.create(
        release=release,
        requester=release.requested_by,
        approver=approver,
        digest=digest or release.digest,
    )


def test_the_tests_run_as_the_runtime_role(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "portal_app"


def test_the_requester_cannot_approve_by_sql(stage, cast):
    release = requested(stage, cast.deployer)
    me, other = cast.deployer.pk, cast.admin.pk
    assert "approver_is_not_requester" in refused(INSERT, release.pk, me, me, release.digest)
    # nor by naming somebody else as the requester
    assert "approval_names_the_requester" in refused(INSERT, release.pk, other, me, release.digest)


def test_the_requester_cannot_hand_the_request_to_somebody_else(stage, cast):
    release = requested(stage, cast.deployer)
    words = refused(
        "UPDATE releases_release SET requested_by_id = %s WHERE id = %s", cast.admin.pk, release.pk
    )
    assert "what was requested is frozen" in words


def test_nobody_approves_twice(prod, cast):
    release = requested(prod, cast.deployer)
    approve(release, cast.other_deployer)
    words = refused(INSERT, release.pk, cast.deployer.pk, cast.other_deployer.pk, release.digest)
    assert "one_approval_per_person" in words


def test_an_approval_of_another_plan_is_refused(stage, cast):
    release = requested(stage, cast.deployer)
    words = refused(INSERT, release.pk, cast.deployer.pk, cast.admin.pk, OTHER)
    assert "is not waiting for an approval of this plan" in words


def test_an_approval_is_neither_changed_nor_deleted(prod, cast):
    approval = approve(requested(prod, cast.deployer), cast.admin)
    assert "evidence" in refused(
        "UPDATE releases_approval SET approver_id = %s WHERE id = %s", cast.auditor.pk, approval.pk
    )
    assert "evidence" in refused("DELETE FROM releases_approval WHERE id = %s", approval.pk)


@pytest.mark.parametrize(
    "change",
    [
        "plan = '{}'",
        f"digest = '{OTHER}'",
        f"api_digest = '{OTHER}'",
        "version = '9.9.9'",
        "needed = 0",
        "git_sha = 'abcdef1'",
    ],
)
def test_what_was_requested_is_frozen(prod, cast, change):
    release = requested(prod, cast.deployer)
    assert "what was requested is frozen" in refused(
        f"UPDATE releases_release SET {change} WHERE id = %s", release.pk
    )


def test_a_release_is_not_deleted(stage, cast):
    release = requested(stage, cast.deployer)
    assert "evidence" in refused("DELETE FROM releases_release WHERE id = %s", release.pk)


@pytest.mark.parametrize("state", ["approved", "deploying"])
def test_too_few_approvals_cannot_be_jumped(prod, cast, state):
    release = requested(prod, cast.deployer)
    approve(release, cast.admin)
    words = refused("UPDATE releases_release SET state = %s WHERE id = %s", state, release.pk)
    assert "may not go" in words or "has 1 of 2 approvals" in words


def test_a_release_for_prod_cannot_ask_for_fewer_approvals(prod, cast):
    release = requested(prod, cast.deployer)
    fields = [f.attname for f in Release._meta.concrete_fields if f.attname not in ("id", "needed")]
    names = ", ".join(fields)
    words = refused(
        f"INSERT INTO releases_release ({names}, needed) SELECT {names}, 1 FROM releases_release "
        "WHERE id = %s",
        release.pk,
    )
    assert "needs 2 approvals" in words


def test_a_denied_release_stays_denied(stage, cast):
    release = requested(stage, cast.deployer)
    release.mark_denied(cast.admin, "not today")
    assert "may not go" in refused(
        "UPDATE releases_release SET state = 'approved' WHERE id = %s", release.pk
    )
    assert "is not waiting" in refused(
        INSERT, release.pk, cast.deployer.pk, cast.admin.pk, release.digest
    )
