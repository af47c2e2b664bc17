"""Sealing: the sequence has no gap, no row in flight is passed over, and checkpoints come in
time.
"""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from portal.audit import verifier
from portal.audit.checkpoint import checkpoint_if_due, checkpoint_now, latest, sealed
from portal.audit.models import Batch, Checkpoint, Event, Node, Seal
from portal.audit.seal import seal_once, tick
from portal.audit.trail import audit
from portal.audit.tree import StoredTree
from portal.audit.verbs import Verb
from portal.lib.refusal import Refused
from tests.patience import patient


def add(count, who="a"):
    return [audit(Verb.LOGIN, actor=f"user:{who}{number}") for number in range(count)]


def leaves():
    return [
        bytes(leaf)
        for leaf in Event.objects.order_by("seal__sequence").values_list("leaf", flat=True)
    ]


def naive(hashes):
    stack = []
    for item in hashes:
        verifier.add(stack, item)
    return verifier.root(stack)


@pytest.mark.django_db
def test_it_numbers_rows_from_one_without_gap_and_once():
    made = add(5)
    assert seal_once() == 5
    assert seal_once() == 5
    made += add(2)
    tick()
    assert list(Seal.objects.order_by("sequence").values_list("sequence", "event_id")) == list(
        enumerate(made, 1)
    )
    assert list(Batch.objects.order_by("size").values_list("size", flat=True)) == [5, 7]


@pytest.mark.django_db
def test_a_tick_with_nothing_to_do_writes_nothing(django_assert_num_queries):
    add(3)
    tick()
    before = (Batch.objects.count(), Checkpoint.objects.count())
    with django_assert_num_queries(6):
        tick()
    assert (Batch.objects.count(), Checkpoint.objects.count()) == before


@pytest.mark.django_db
def test_a_pass_reads_no_table_whole_whatever_the_planner_knows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'audit_seal_pending'")
        assert {"enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off"} <= set(
            cursor.fetchone()[0]
        )


@pytest.mark.django_db
def test_rolled_back_rows_leave_no_gap():
    add(1)
    with transaction.atomic():
        add(3)
        transaction.set_rollback(True)
    add(1)
    assert seal_once() == 2


@pytest.mark.django_db
def test_a_limit_to_one_pass_does_not_lose_the_rest(monkeypatch):
    monkeypatch.setattr("portal.audit.seal.BATCH", 3)
    add(10)
    assert seal_once() == 10


@pytest.mark.django_db
def test_the_stored_tree_is_the_tree_of_the_rows():
    add(200)
    seal_once()
    add(400)
    seal_once()
    assert Node.objects.filter(level=8).count() == 600 // 256
    tree, all_leaves = StoredTree(), leaves()
    for size in (1, 255, 256, 257, 511, 512, 513, 600):
        assert tree.root(size) == naive(all_leaves[:size])
    assert tree.subtree(9, 0) == naive(all_leaves[:512])
    assert tree.subtree(3, 33) == naive(all_leaves[264:272])


@pytest.mark.django_db
def test_a_checkpoint_comes_after_a_hundred_rows_or_a_minute():
    add(1)
    seal_once()
    first = checkpoint_if_due()
    assert first is not None and first.size == 1
    add(99)
    seal_once()
    assert checkpoint_if_due() is None
    assert checkpoint_if_due(first.at + timedelta(seconds=59)) is None
    assert checkpoint_if_due(first.at + timedelta(seconds=61)).size == 100
    add(100)
    seal_once()
    assert checkpoint_if_due().size == 200
    assert checkpoint_if_due(first.at + timedelta(days=1)) is None


@pytest.mark.django_db
def test_a_checkpoint_covers_what_is_sealed_and_is_signed_once():
    add(3)
    seal_once()
    made = checkpoint_now()
    assert (made.size, made.root, made.prev) == (3, naive(leaves()).hex(), "")
    assert checkpoint_now() == made == latest()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64!"])
def test_without_a_usable_key_no_head_is_signed_and_sealing_goes_on(settings, key):
    add(1)
    settings.AUDIT_SIGNING_KEY = key
    seal_once()
    with pytest.raises(Refused, match="AUDIT_SIGNING_KEY"):
        checkpoint_now()
    assert sealed() == 1 and latest() is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "call",
    [
        "audit_keep_checkpoint(9, '', '', '', '', '', '')",
        "audit_keep_checkpoint(1, '', '', '', '', '', '')",
    ],
)
def test_the_database_refuses_a_checkpoint_of_rows_that_are_not_there_or_are_covered(call):
    add(1)
    seal_once()
    checkpoint_now()
    with (
        pytest.raises(Exception, match="a checkpoint covers"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT {call}")


def _in_thread(act):
    def run():
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_row_in_flight_is_sealed_after_its_commit_however_many_passes_went_by(superuser):
    written, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            audit(Verb.LOGIN, actor="user:slow")
            written.set()
            go_on.wait(patient(20))

    thread = _in_thread(slow)
    assert written.wait(patient(20))
    for number in range(3):
        add(2, who=f"quick{number}")
        assert seal_once() == 2 * (number + 1)
    go_on.set()
    thread.join()
    assert seal_once() == 7
    assert Event.objects.get(seal__sequence=7).actor == "user:slow"


def test_writers_and_sealers_together_leave_no_gap(superuser):
    stop = threading.Event()

    def seal():
        while not stop.is_set():
            tick()

    def write(name):
        for _ in range(60):
            with transaction.atomic():
                add(2, who=name)

    sealers = [_in_thread(seal) for _ in range(2)]
    writers = [_in_thread(lambda name=name: write(f"w{name}-")) for name in range(8)]
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    assert seal_once() == 960
    assert list(Seal.objects.order_by("sequence").values_list("sequence", flat=True)) == list(
        range(1, 961)
    )
    assert Seal.objects.values("event").distinct().count() == Event.objects.count() == 960
    assert StoredTree().root(960) == naive(leaves())
    heads = list(Checkpoint.objects.order_by("size"))
    assert all(head.root == naive(leaves()[: head.size]).hex() for head in heads)


def test_a_trail_restored_into_another_server_is_sealed_without_reading_it_whole(superuser):
    add(2)
    seal_once()
    superuser.execute("UPDATE audit_event SET xid = 1 << 50")  # numbers of another server
    add(2)
    with connection.cursor() as cursor:
        before = _rows_read(cursor)
        assert seal_once() == 4
        assert _rows_read(cursor) - before <= 8
    tick()
    assert sealed() == 4


def _rows_read(cursor):
    """Return how many rows of the trail this transaction has read, by scan or by index."""
    cursor.execute(
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_all_tables"
        " WHERE relname = 'audit_event'"
    )
    return cursor.fetchone()[0]


def test_a_row_that_did_not_come_through_the_function_is_never_sealed(superuser):
    add(1)
    superuser.execute(
        "INSERT INTO audit_event (xid, at, actor, verb, subject, environment, outcome, job,"
        " request_id, body, leaf) SELECT xid, at, actor, verb, subject, environment, outcome, job,"
        " request_id, body, leaf FROM audit_event"
    )
    assert seal_once() == 1


def test_what_waits_is_seen_by_the_runtime_role_and_changed_by_the_sealer_alone(db):
    add(1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_pending")
        assert cursor.fetchone()[0] == 1
    for statement in ("DELETE FROM audit_pending", "INSERT INTO audit_pending VALUES (0)"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    seal_once()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_pending")
        assert cursor.fetchone()[0] == 0
