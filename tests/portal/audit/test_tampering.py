"""Tampering with the tables as a superuser with triggers off: an auditor who holds only the
last head sees it.
"""

import json
import random
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.audit import verifier
from portal.audit.checkpoint import as_dict, checkpoint_now, sealed
from portal.audit.export import Selection, csv, ndjson
from portal.audit.seal import seal_once
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.refusal import Refused
from tests.portal.audit.conftest import WIPE

REHASH = "leaf = sha256('\\x00'::bytea || convert_to(body, 'UTF8'))"
LIE = "body = replace(body, 'user:u', 'user:v'), actor = replace(actor, 'user:u', 'user:v')"


def edit(run, n):
    run(f"UPDATE audit_event SET {LIE} WHERE id = {n}")


def edit_and_hash(run, n):
    run(f"UPDATE audit_event SET {LIE} WHERE id = {n}")
    run(f"UPDATE audit_event SET {REHASH} WHERE id = {n}")
    run("DELETE FROM audit_node")


def delete_event(run, n):
    run(f"DELETE FROM audit_event WHERE id = {n}")


def delete_and_close_the_gap(run, n):
    run(f"DELETE FROM audit_event WHERE id = {n}")
    run(f"DELETE FROM audit_seal WHERE event_id = {n}")
    run(f"UPDATE audit_seal SET sequence = -sequence WHERE sequence > {n}")
    run("UPDATE audit_seal SET sequence = -sequence - 1 WHERE sequence < 0")


def insert_in_the_middle(run, n):
    run(f"UPDATE audit_seal SET sequence = -sequence - 1 WHERE sequence >= {n}")
    run("UPDATE audit_seal SET sequence = -sequence WHERE sequence < 0")
    run("SELECT audit_append('user:eve', 'access.login', '', '', 'done', '', '', '{}')")
    run(f"INSERT INTO audit_seal (sequence, event_id) SELECT {n}, max(id) FROM audit_event")


def swap(run, n):
    run(f"UPDATE audit_seal SET sequence = -1 WHERE sequence = {n}")
    run(f"UPDATE audit_seal SET sequence = {n} WHERE sequence = {n + 1}")
    run(f"UPDATE audit_seal SET sequence = {n + 1} WHERE sequence = -1")


def cut_the_end(run, n):
    run(f"DELETE FROM audit_event WHERE id >= {n}")
    run(f"DELETE FROM audit_seal WHERE sequence >= {n}")


def start_anew(run, n):
    run(WIPE)


CLASSES = [
    edit,
    edit_and_hash,
    delete_event,
    delete_and_close_the_gap,
    insert_in_the_middle,
    swap,
    cut_the_end,
    start_anew,
]


def export(tmp_path, how=ndjson, name="export"):
    path = tmp_path / name
    path.write_bytes(b"".join(how(Selection(upto=sealed()))))
    return str(path)


def fill(count):
    for number in range(1, count + 1):
        audit(Verb.LOGIN, actor=f"user:u{number}", detail={"n": number})
    seal_once()
    return as_dict(checkpoint_now())


@pytest.mark.parametrize("how", [ndjson, csv])
def test_an_untouched_trail_verifies(superuser, tmp_path, how):
    (tmp_path / "head").write_text(json.dumps(fill(300)))
    assert "300 rows are those" in verifier.verify(export(tmp_path, how), [str(tmp_path / "head")])
    call_command("audit_verify", verbosity=0)


@pytest.mark.parametrize("tamper", CLASSES, ids=lambda tamper: tamper.__name__)
@pytest.mark.parametrize("seed", range(3))
def test_every_class_of_tampering_shows_against_the_last_head(superuser, tmp_path, tamper, seed):
    (tmp_path / "head").write_text(json.dumps(fill(40)))
    tamper(superuser.execute, random.Random(seed).randint(1, 39))
    with suppress(
        Refused
    ):  # the portal goes on and signs new heads over what it now has, unless it sees for itself
        fill(3)
    with pytest.raises(verifier.Bad, match="sequence"):
        verifier.verify(export(tmp_path), [str(tmp_path / "head")])


@pytest.mark.parametrize("tamper", [delete_event, cut_the_end], ids=lambda tamper: tamper.__name__)
def test_the_portal_signs_nothing_over_a_trail_that_lost_sealed_rows(superuser, tamper):
    fill(40)
    tamper(superuser.execute, 7)
    with pytest.raises(Refused, match=r"damaged.*are gone"):
        fill(1)


@pytest.mark.parametrize("tamper", CLASSES[:-1], ids=lambda tamper: tamper.__name__)
def test_the_command_sees_it_by_the_checkpoints_in_the_database(superuser, tamper):
    fill(40)
    tamper(superuser.execute, 7)
    with pytest.raises(CommandError, match="sequence"):
        call_command("audit_verify", verbosity=0)


def test_the_command_compares_with_a_head_that_an_auditor_kept(superuser, tmp_path):
    (tmp_path / "head").write_text(json.dumps(fill(40)))
    start_anew(superuser.execute, 1)
    fill(40)
    call_command("audit_verify", verbosity=0)
    with pytest.raises(CommandError, match="sequence"):
        call_command("audit_verify", head=[str(tmp_path / "head")], verbosity=0)


def test_the_command_sees_columns_that_do_not_say_what_the_event_says(superuser):
    fill(5)
    superuser.execute("UPDATE audit_event SET actor = 'user:nobody' WHERE id = 3")
    with pytest.raises(CommandError, match="sequence 3"):
        call_command("audit_verify", verbosity=0)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_event SET actor = ''", "DELETE FROM audit_event", "TRUNCATE audit_event"],
)
def test_even_the_owner_is_refused_while_triggers_are_on(superuser, statement):
    fill(2)
    superuser.execute("SET session_replication_role = origin")
    try:
        with pytest.raises(Exception, match="the audit trail only grows"):
            superuser.execute(statement)
    finally:
        superuser.execute("SET session_replication_role = replica")
