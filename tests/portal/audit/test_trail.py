"""Recording: what a row holds, and what nobody may do with it."""

import hashlib
import json

import pytest
from django.db import DatabaseError, connection, transaction

from portal.audit.models import Event
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.lib.canonical import canonical

pytestmark = pytest.mark.django_db
TABLES = ["audit_event", "audit_seal", "audit_batch", "audit_node", "audit_checkpoint"]
NASTY = 'quote" back\\slash \t\r\n\b\f\x01\x1f\x7f \u2028 é ✓ 𝒳 </script>'


def test_it_stores_the_canonical_bytes_with_their_leaf_hash():
    made = audit(
        Verb.PLAN_MADE,
        actor="user:alice",
        subject="plan:42",
        environment="dev",
        outcome=Outcome.DONE,
        job="j-1",
        request_id="r-1",
        detail={"changes": 3, "z": [1, None, True], "a": {"k": "v"}},
    )
    event = Event.objects.get(pk=made)
    fields = json.loads(event.body)
    assert canonical(fields).decode() == event.body
    assert bytes(event.leaf) == hashlib.sha256(b"\x00" + event.body.encode()).digest()
    assert fields["detail"] == {"changes": 3, "z": [1, None, True], "a": {"k": "v"}}
    assert {
        name: fields[name]
        for name in ("actor", "verb", "subject", "environment", "outcome", "job", "request_id")
    } == {
        "actor": "user:alice",
        "verb": "environment.planned",
        "subject": "plan:42",
        "environment": "dev",
        "outcome": "done",
        "job": "j-1",
        "request_id": "r-1",
    }
    assert event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") == fields["at"]


def test_any_text_ends_as_canonical_bytes():
    event = Event.objects.get(
        pk=audit(Verb.LOGIN, actor=f"user:{NASTY}", subject=NASTY, detail={NASTY: NASTY})
    )
    assert canonical(json.loads(event.body)).decode() == event.body
    assert json.loads(event.body)["subject"] == event.subject == NASTY


def test_text_that_no_database_takes_is_replaced():
    event = Event.objects.get(
        pk=audit(
            Verb.LOGIN_FAILED,
            actor="anonymous",
            subject="a\x00b\ud800c",
            detail={"x\x00": "\ud800"},
        )
    )
    assert event.subject == "a\ufffdb?c"
    assert json.loads(event.body)["detail"] == {"x\ufffd": "?"}


def test_long_detail_is_shortened_and_says_so():
    event = Event.objects.get(
        pk=audit(
            Verb.LOGIN, actor="anonymous", subject="s" * 5000, detail={"many": ["x" * 1000] * 300}
        )
    )
    assert event.subject.endswith("(5000 characters)")
    assert json.loads(event.body)["detail"]["shortened"] is True
    assert len(event.body) < 70_000


def test_secrets_in_the_detail_are_masked():
    event = Event.objects.get(
        pk=audit(
            Verb.SECRET_SET,
            actor="user:a",
            detail={"password": "hunter2", "url": "x://u:hunter2@h"},
        )
    )
    assert "hunter2" not in event.body


def test_a_float_a_foreign_verb_a_foreign_outcome_and_a_nameless_actor_are_refused():
    for wrong in (
        lambda: audit(Verb.LOGIN, actor="user:a", detail={"seconds": 1.5}),
        lambda: audit("made.up", actor="user:a"),
        lambda: audit(Verb.LOGIN, actor="user:a", outcome="perhaps"),
        lambda: audit(Verb.LOGIN, actor="alice"),
        lambda: audit(Verb.LOGIN, actor="user:"),
    ):
        with pytest.raises((TypeError, ValueError)):
            wrong()
    assert not Event.objects.exists()


def test_it_raises_when_the_row_cannot_be_written():
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        with pytest.raises(DatabaseError), transaction.atomic():
            audit(Verb.LOGIN, actor="user:a")
        transaction.set_rollback(True)


def _act_and_fail():
    with transaction.atomic():
        audit(Verb.LOGIN, actor="user:a")
        raise RuntimeError


def test_a_row_goes_with_its_transaction():
    with pytest.raises(RuntimeError):
        _act_and_fail()
    assert not Event.objects.exists()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {}", "INSERT INTO {} DEFAULT VALUES"],
)
def test_the_runtime_role_can_only_read_the_tables(table, statement):
    column = {"audit_event": "actor = ''", "audit_node": "level = 1"}.get(
        table, "size = 1" if table != "audit_seal" else "sequence = 1"
    )
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table, column))


@pytest.mark.parametrize("detail", ['{},"actor":"user:eve"', "[]", "1", "{", ""])
def test_the_function_takes_no_detail_that_is_not_one_object(detail):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_append('user:a', 'access.login', '', '', 'done', '', '', %s)", [detail]
        )


def test_the_functions_cannot_be_misled_and_are_not_for_everybody():
    ours = "SELECT proname FROM pg_proc WHERE proname LIKE 'audit\\_%%' AND prosecdef"
    with connection.cursor() as cursor:
        cursor.execute(f"{ours} AND NOT proconfig::text LIKE %s", ["%search_path=pg_catalog%"])
        assert cursor.fetchall() == []
        cursor.execute(f"{ours} AND has_function_privilege(%s, oid, 'EXECUTE')", ["public"])
        assert cursor.fetchall() == []
