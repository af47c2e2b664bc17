"""The audit trail by REST: complete, in order, byte-identical, resumable, safe, and
verifiable with what it gives.
"""

import csv
import io
import json
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection

from portal.audit import export, verifier
from portal.audit.models import Event
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.clock import now
from tests.portal.api.conftest import error
from tests.portal.audit.test_merkle import check_inclusion

pytestmark = pytest.mark.django_db
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "=cmd|'/C calc'!A0",
    "'=1",
]


def fill(count, **more):
    for number in range(count):
        fields = {
            "actor": f"user:u{number % 3}",
            "environment": ("dev", "prod")[number % 2],
            "subject": f"plan:{number}",
            **more,
        }
        audit(Verb.PLAN_MADE, detail={"text": 'quote " back \\ slash \n é ✓ 𝒳'}, **fields)


def lines(body):
    return [json.loads(line) for line in body.decode().splitlines()]


@pytest.fixture
def auditor(api, cast):
    return api(cast.auditor, ["audit"])


def test_it_gives_every_committed_row_in_order_without_gap(auditor):
    fill(7)
    rows = lines(auditor.body("audit/events"))
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert [json.dumps(row["event"]["detail"]) for row in rows][-1] == json.dumps(
        {"text": 'quote " back \\ slash \n é ✓ 𝒳'}
    )
    assert [row["event"] for row in rows] == [
        json.loads(body) for body in Event.objects.order_by("id").values_list("body", flat=True)
    ][: len(rows)]


def test_the_export_is_itself_a_row_before_the_first_byte(auditor):
    fill(2)
    answer = auditor.get("audit/events", environment="dev")
    row = Event.objects.latest("id")
    assert (row.verb, row.actor, row.outcome) == ("audit.exported", "token:audrey/test", "done")
    assert json.loads(row.body)["detail"] == {"environment": "dev", "format": "ndjson", "upto": "3"}
    answer.close()


def test_two_exports_of_one_range_are_the_same_bytes(auditor):
    fill(5)
    until = now().isoformat()
    first = auditor.body("audit/events", until=until)
    fill(5)
    assert auditor.body("audit/events", until=until) == first
    assert auditor.body("audit/events", until=until, format="csv") == auditor.body(
        "audit/events", until=until, format="csv"
    )


@pytest.mark.parametrize("chosen", ["ndjson", "csv"])
def test_it_goes_on_from_a_cursor_and_the_parts_make_the_whole(auditor, chosen):
    fill(9)
    until = now().isoformat()
    whole = auditor.body("audit/events", until=until, format=chosen)
    parts, cursor = b"", 0
    while True:
        part = auditor.body("audit/events", until=until, format=chosen, cursor=cursor, limit=4)
        _, _, rows = part.partition(b"\n") if chosen == "csv" else (b"", b"", part)
        if not rows:
            break
        parts += rows if parts else part
        last = rows.splitlines()[-1]
        cursor = int(last.split(b",")[0]) if chosen == "csv" else json.loads(last)["sequence"]
    assert parts == whole


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"environment": "prod"}, 3),
        ({"actor": "user:u1"}, 2),
        ({"verb": "environment.planned"}, 6),
        ({"environment": "mars"}, 0),
    ],
)
def test_it_selects_by_column(auditor, wanted, count):
    fill(6)
    rows = lines(auditor.body("audit/events", **wanted))
    assert len(rows) == count
    assert all(row["event"][name] == value for row in rows for name, value in wanted.items())


def test_it_selects_by_time_to_the_microsecond(auditor):
    fill(3)
    moments = list(Event.objects.order_by("id").values_list("at", flat=True))
    rows = lines(
        auditor.body("audit/events", since=moments[1].isoformat(), until=moments[2].isoformat())
    )
    assert [row["event"]["at"] for row in rows] == [f"{moments[1]:%Y-%m-%dT%H:%M:%S.%f}Z"]
    with_offset = moments[1].astimezone().isoformat()
    assert (
        len(lines(auditor.body("audit/events", since=with_offset, until=moments[2].isoformat())))
        == 1
    )


def test_csv_has_a_header_utc_times_and_no_cell_that_a_spreadsheet_runs(auditor):
    for text in FORMULAS:
        audit(Verb.LOGIN, actor="user:x", subject=text, environment=text[:10], request_id=text)
    body = auditor.body("audit/events", format="csv", verb="access.login").decode()
    rows = list(csv.DictReader(io.StringIO(body, newline="")))
    names = "sequence,at,actor,verb,subject,environment,outcome,job,request_id,leaf,event"
    assert body.splitlines()[0] == names and len(rows) == len(FORMULAS)
    for row, text in zip(rows, FORMULAS, strict=True):
        assert row["subject"] == (text if text == "'=1" else "'" + text)
        assert row["at"].endswith("Z") and row["actor"] == "user:x"
        assert not any(
            row[name].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
            for name in row
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "yesterday"),
        ("since", ""),
        ("until", "2026-13-01"),
        ("until", "2026-01-01T25:00:00Z"),
        ("verb", "made.up"),
        ("verb", "access.login\x00"),
        ("cursor", "-1"),
        ("cursor", "abc"),
        ("cursor", "٣"),
        ("cursor", "99999999999999999999"),
        ("limit", "0"),
        ("limit", "1.5"),
        ("format", "parquet"),
        ("actor", ""),
        ("actor", "x" * 301),
        ("environment", "a\x00b"),
        ("page", "2"),
        ("environment", "' OR 1=1 --" * 10),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named_with_its_value_and_the_rule(auditor, name, value):
    told = error(auditor.get("audit/events", **{name: value}), 400)
    assert (
        told["code"] == "invalid"
        and told["message"].startswith(f"{name} is ")
        and "it " in told["message"]
    )
    assert not Event.objects.filter(verb="audit.exported").exists()


def test_a_range_that_ends_before_it_starts_and_a_parameter_given_twice_are_refused(auditor):
    assert (
        "later than since"
        in error(auditor.get("audit/events", since="2026-02-01", until="2026-01-01"), 400)[
            "message"
        ]
    )
    assert (
        "may be given once"
        in error(auditor.client.get("/api/v1/audit/events?actor=a&actor=b"), 400)["message"]
    )


@pytest.mark.parametrize(
    "text", ["' OR '1'='1", "%s", "%", "user:\\", '"; DROP TABLE audit_event; --']
)
def test_a_value_is_never_read_as_sql(auditor, text):
    fill(2)
    assert auditor.body("audit/events", actor=text) == b""


def test_the_head_covers_everything_and_the_export_verifies_with_it(auditor, tmp_path):
    fill(300)
    head = auditor.get("audit/head").json()
    assert (
        set(head) == {"size", "root", "time", "prev", "key_id", "public_key", "signature"}
        and head["size"] == 301
    )
    for chosen in ("ndjson", "csv"):
        (tmp_path / "export").write_bytes(auditor.body("audit/events", format=chosen))
        (tmp_path / "head").write_text(json.dumps(head))
        assert "301 rows are those" in verifier.verify(
            str(tmp_path / "export"), [str(tmp_path / "head")]
        )


@pytest.mark.parametrize(
    "wanted",
    [
        {"environment": "prod"},
        {"cursor": 100, "limit": 57},
        {"actor": "user:u1", "environment": "dev"},
        {"verb": "audit.exported"},
    ],
)
def test_a_selection_verifies_with_the_head_that_was_fetched_with_the_same_parameters(
    auditor, tmp_path, wanted
):
    fill(600)
    (tmp_path / "head").write_bytes(auditor.body("audit/head", **wanted))
    body = auditor.body("audit/events", **wanted)
    (tmp_path / "export").write_bytes(body)
    said = verifier.verify(str(tmp_path / "export"), [str(tmp_path / "head")])
    assert said.startswith(f"{len(body.splitlines())} rows are those")
    if body:
        (tmp_path / "export").write_bytes(b"".join(body.splitlines(keepends=True)[1:]))
        with pytest.raises(verifier.Bad, match="missing"):
            verifier.verify(str(tmp_path / "export"), [str(tmp_path / "head")])


def test_all_heads_make_one_chain_for_the_verifier(auditor, tmp_path):
    for _ in range(3):
        fill(5)
        auditor.get("audit/head")
    (tmp_path / "heads").write_bytes(auditor.body("audit/heads"))
    (tmp_path / "export").write_bytes(auditor.body("audit/events"))
    assert len((tmp_path / "heads").read_text().splitlines()) == 3
    assert "rows are those" in verifier.verify(str(tmp_path / "export"), [str(tmp_path / "heads")])


@pytest.mark.parametrize("sequence", [1, 2, 150, 256, 257, 300])
def test_a_row_proves_itself_against_the_head(auditor, sequence):
    fill(320)
    proof = auditor.get("audit/proof", seq=sequence).json()
    head = proof["head"]
    path = [bytes.fromhex(item) for item in proof["path"]]
    assert check_inclusion(
        bytes.fromhex(proof["leaf"]), sequence - 1, head["size"], path, bytes.fromhex(head["root"])
    )
    assert proof["event"]["subject"] == (
        "token:audrey/test" if sequence == 1 else f"plan:{sequence - 2}"
    )


@pytest.mark.parametrize(
    ("wanted", "status"),
    [({}, 400), ({"seq": "0"}, 400), ({"seq": "x"}, 400), ({"seq": "999"}, 404)],
)
def test_a_proof_of_no_row_is_refused(auditor, wanted, status):
    error(auditor.get("audit/proof", **wanted), status)


def test_the_verifier_is_handed_out_as_it_is(auditor):
    assert b"def verify(" in auditor.body("audit/verifier.py")


@pytest.mark.parametrize(
    "path", ["audit/events", "audit/head", "audit/heads", "audit/proof?seq=1", "audit/verifier.py"]
)
@pytest.mark.parametrize("who", ["deployer", "readonly", "stranger", None])
def test_only_auditors_and_admins_pull_the_trail(api, cast, path, who):
    answer = api(getattr(cast, who) if who else None).get(path)
    assert error(answer, 403 if who else 401)["code"] == ("forbidden" if who else "unauthenticated")


def test_an_admins_token_without_the_scope_does_not_either(api, cast):
    error(api(cast.admin, ["read", "deploy"]).get("audit/events"), 403)
    assert api(cast.admin, ["audit"], "two").get("audit/head").status_code == 200


def test_sealed_rows_alone_are_exported_and_sealing_happens_first(auditor):
    fill(1)
    assert len(lines(auditor.body("audit/events"))) == 2
    assert (
        len(lines(auditor.body("audit/events", since=(now() - timedelta(days=1)).isoformat()))) == 3
    )


def _second_connection():
    """Return a connection of its own to the database of the test."""
    parameters = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(**{name: parameters[name] for name in wanted if name in parameters})


def test_until_is_set_back_to_what_can_no_longer_change_and_the_header_says_so(auditor):
    fill(2)
    with _second_connection() as other:
        other.execute("SELECT pg_current_xact_id()")  # as one that has recorded and not committed
        began = other.execute("SELECT now()").fetchone()[0]
        fill(1)
        answer = auditor.get("audit/events", until=now().isoformat())
        answer.close()
        assert datetime.fromisoformat(answer["X-Audit-Until"]) == began
        other.rollback()


def test_an_until_that_nothing_can_come_before_any_more_stays(auditor):
    fill(2)
    until = now()
    answer = auditor.get("audit/events", until=until.isoformat())
    answer.close()
    assert datetime.fromisoformat(answer["X-Audit-Until"]) == until


def test_a_day_in_the_future_ends_now(auditor):
    tomorrow = now() + timedelta(days=1)
    answer = auditor.get("audit/events", until=tomorrow.isoformat())
    answer.close()
    assert datetime.fromisoformat(answer["X-Audit-Until"]) <= now()


def test_a_scattered_selection_is_refused_a_head_and_a_range_is_not(auditor, monkeypatch):
    monkeypatch.setattr(export, "PARTS", 3)
    fill(9)
    answer = auditor.get("audit/head", environment="dev")
    assert answer.status_code == 400
    assert "scattered over more than 3 stretches" in answer.json()["error"]["message"]
    assert auditor.get("audit/head", cursor=2, limit=5).status_code == 200
    assert auditor.get("audit/events", environment="dev").status_code == 200


@pytest.mark.parametrize(("before", "after"), [(1, 1), (3, 4), (4, 7), (7, 9), (8, 8)])
def test_a_newer_head_proves_that_it_continues_an_older_one(auditor, tmp_path, before, after):
    fill(before)
    older = json.loads(auditor.body("audit/head"))
    fill(after)
    newer = json.loads(auditor.body("audit/head"))
    proof = tmp_path / "consistency.json"
    proof.write_bytes(auditor.body("audit/consistency", **{"from": older["size"]}))
    said = verifier.verify_consistency(str(proof))
    assert f"{newer['size']} rows" in said and f"begin with the {older['size']} rows" in said
    assert verifier.main([str(proof)]) == 0
    same = auditor.body("audit/consistency", **{"from": newer["size"], "to": newer["size"]})
    proof.write_bytes(same)
    assert verifier.main([str(proof)]) == 0


def test_a_proof_that_was_changed_is_refused(auditor, tmp_path, capsys):
    fill(5)
    older = json.loads(auditor.body("audit/head"))
    fill(6)
    genuine = json.loads(auditor.body("audit/consistency", **{"from": older["size"]}))
    file = tmp_path / "consistency.json"
    for change in (
        {"path": genuine["path"][:-1]},
        {"path": [*genuine["path"], genuine["path"][0]]},
        {"path": ["00" * 32, *genuine["path"][1:]]},
        {"from": {**genuine["from"], "root": "00" * 32}},
        {"from": genuine["to"]},
    ):
        file.write_text(json.dumps({"from": 0, **genuine, **change}))
        assert verifier.main([str(file)]) == 1, change
        assert "BAD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        ({}, 400, "from is missing"),
        ({"from": 0}, 400, "from"),
        ({"from": 999}, 404, "No head was signed at 999"),
        ({"from": 1, "to": 999}, 404, "No head was signed at 999"),
    ],
)
def test_a_proof_between_heads_that_are_none_is_refused(auditor, wanted, status, said):
    fill(2)
    auditor.body("audit/head")
    answer = auditor.get("audit/consistency", **wanted)
    assert (answer.status_code, said in answer.json()["error"]["message"]) == (status, True)
