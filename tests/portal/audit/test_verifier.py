"""The offline verifier: what it accepts, what it names, and that a second, naive
implementation agrees on mutated logs.
"""

import base64
import hashlib
import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.audit import merkle, verifier
from tests.portal.audit.conftest import KEY, event, head_digest, head_of, line
from tests.portal.audit.test_merkle import naive_root

BODIES = [event(number) for number in range(1, 41)]
LINES = [line(number, body) for number, body in enumerate(BODIES, 1)]
HEAD = head_of(BODIES)


def run(capsys, arguments):
    code = verifier.main(arguments)
    return code, capsys.readouterr().out


def test_it_accepts_a_whole_export_with_its_head(capsys, files):
    code, said = run(capsys, files(LINES, HEAD))
    assert (
        code == 0
        and "40 rows are those that the head of 40 rows signs" in said
        and "pin it" in said
    )


def test_it_runs_as_one_file_with_no_library(files):
    file = Path(verifier.__file__)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file), *files(LINES, HEAD)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file), *files(LINES[1:], HEAD)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "sequence 1: missing" in done.stdout


def test_without_a_head_it_says_that_nothing_vouches_for_the_rows(capsys, files):
    code, said = run(capsys, files(LINES))
    assert code == 0 and "no head given" in said and HEAD["root"] in said


def test_rows_newer_than_the_head_are_named_as_not_covered(capsys, files):
    code, said = run(capsys, files(LINES, head_of(BODIES[:30])))
    assert code == 0 and "10 rows are newer than the head" in said


@pytest.mark.parametrize(
    ("mutate", "expected"),
    [
        (
            lambda ls: [*ls[:6], ls[6].replace(b"plan:7", b"plan:8"), *ls[7:]],
            "sequence 7: the event does not have the hash",
        ),
        (lambda ls: [*ls[:6], *ls[7:]], "sequence 7: missing"),
        (lambda ls: [*ls[:6], ls[7], ls[6], *ls[8:]], "sequence 7: missing"),
        (lambda ls: [*ls[:7], ls[6], *ls[7:]], "sequence 7: stands twice"),
        (lambda ls: ls[:-1], "sequence 40: missing"),
        (lambda ls: [], "sequence 1: missing"),
        (lambda ls: [*ls[:6], line(7, event(99)), *ls[7:]], "sequence 1 (or one up to 40)"),
        (lambda ls: [*ls[:6], b"{not json", *ls[7:]], "line 7 is not a row"),
        (
            lambda ls: [*ls[:6], ls[6].replace(b'"actor"', b'"actor":"user:x","actor"'), *ls[7:]],
            "sequence 7",
        ),
    ],
    ids=[
        "edit",
        "delete",
        "reorder",
        "repeat",
        "truncate",
        "empty",
        "replace",
        "garbage",
        "key twice",
    ],
)
def test_it_names_the_first_bad_row(capsys, files, mutate, expected):
    code, said = run(capsys, files(mutate(LINES), HEAD))
    assert code == 1 and said.startswith("BAD:") and expected in said


def test_an_old_head_among_several_narrows_down_where_the_trail_was_rewritten(capsys, files):
    old = [head_of(BODIES[:size]) for size in (10, 20, 30)]
    rewritten = [*BODIES[:24], event(99), *BODIES[25:]]
    code, said = run(
        capsys, files([line(n, b) for n, b in enumerate(rewritten, 1)], *old, head_of(rewritten))
    )
    assert code == 1 and "sequence 21 (or one up to 30)" in said


def test_lines_rewritten_by_another_tool_are_still_verified(capsys, files):
    pretty = [
        json.dumps({"event": r["event"], "leaf": r["leaf"], "sequence": r["sequence"]}).encode()
        for r in map(json.loads, LINES)
    ]
    assert run(capsys, files(pretty, HEAD))[0] == 0
    twice = pretty[0].replace(b'{"event"', b'{"event": {}, "event"')
    assert "stands twice" in run(capsys, files([twice, *pretty[1:]], HEAD))[1]


def chain(*sizes):
    heads, prev = [], ""
    for size in sizes:
        heads.append(head_of(BODIES[:size], prev=prev))
        prev = head_digest(heads[-1])
    return heads


def test_a_chain_of_heads_is_checked_root_by_root(capsys, files, tmp_path):
    heads = chain(5, 17, 40)
    arguments = files(LINES)
    (tmp_path / "heads.ndjson").write_text("\n".join(map(json.dumps, heads)))
    assert run(capsys, [*arguments, "--head", str(tmp_path / "heads.ndjson")])[0] == 0
    heads[1]["root"] = "00" * 32
    (tmp_path / "heads.ndjson").write_text("\n".join(map(json.dumps, heads)))
    assert run(capsys, [*arguments, "--head", str(tmp_path / "heads.ndjson")])[0] == 1


@pytest.mark.parametrize("name", ["size", "root", "time", "prev", "signature", "public_key"])
def test_a_head_with_anything_changed_is_refused(capsys, files, name):
    other = {
        "size": 39,
        "root": "11" * 32,
        "time": "x",
        "prev": "x",
        "signature": base64.b64encode(b"s" * 64).decode(),
    }
    other["public_key"] = base64.b64encode(b"p" * 32).decode()
    code, said = run(capsys, files(LINES, {**HEAD, name: other[name]}))
    assert code == 1 and "is not signed by" in said


def test_a_pinned_key_refuses_a_head_of_another_key(capsys, files, tmp_path):
    foreign = head_of(BODIES, key=Ed25519PrivateKey.generate())
    pinned = HEAD["public_key"]
    assert run(capsys, [*files(LINES, foreign), "--key", pinned])[0] == 1
    assert run(capsys, [*files(LINES, HEAD), "--key", base64.b64decode(pinned).hex()])[0] == 0
    (tmp_path / "key").write_text(pinned + "\n")
    code, said = run(capsys, [*files(LINES, HEAD), "--key", str(tmp_path / "key")])
    assert code == 0 and "signed by the key given" in said
    assert run(capsys, [*files(LINES, HEAD), "--key", "nonsense"])[0] == 1


@pytest.mark.parametrize(
    "head", ["", "[]", "1", "{}", '{"size": 1}', "not json", '{"size": "x", "time": 1}']
)
def test_an_unreadable_head_is_bad_and_no_crash(capsys, files, tmp_path, head):
    (tmp_path / "bad.json").write_text(head)
    code, said = run(capsys, [*files(LINES), "--head", str(tmp_path / "bad.json")])
    assert (code, "BAD" in said) == ((1, True) if head else (0, False))


def test_a_file_that_is_not_there_is_bad(capsys):
    assert run(capsys, ["/nowhere/export"])[0] == 1


# --- selections ------------------------------------------------------------------------
def selection(chosen, size=40):
    leaves = [merkle.leaf_hash(body) for body in BODIES]
    gaps = zip([0, *chosen], [*(n - 1 for n in chosen), size], strict=True)
    out = [
        [(p << h) + 1, (p + 1) << h, naive_root(leaves[p << h : (p + 1) << h]).hex()]
        for a, b in gaps
        for h, p in merkle.blocks(a, b)
    ]
    return {**HEAD, "excluded": out}


@given(st.sets(st.integers(1, 40)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_selection_proves_itself_and_lacks_no_chosen_row(capsys, files, chosen):
    chosen = sorted(chosen)
    rows = [LINES[number - 1] for number in chosen]
    code, said = run(capsys, files(rows, selection(chosen)))
    assert code == 0, said
    if rows and len(chosen) < 40:
        gapless = len(chosen) == chosen[-1] - chosen[0] + 1
        assert ("none between them is missing" if gapless else "the portal's word") in said
    for lost in range(len(rows)):
        code, said = run(capsys, files(rows[:lost] + rows[lost + 1 :], selection(chosen)))
        assert code == 1 and f"sequence {chosen[lost]}: missing" in said


def test_a_row_inside_a_left_out_part_is_refused(capsys, files):
    code, said = run(capsys, files([LINES[0], LINES[7]], selection([1])))
    assert code == 1 and "sequence 8: stands twice, or after 40" in said


def test_a_left_out_part_that_is_no_part_of_a_tree_is_refused(capsys, files):
    head = {**HEAD, "excluded": [[1, 3, "00" * 32]]}
    assert "no part of a tree" in run(capsys, files(LINES[3:], head))[1]


# --- signatures ------------------------------------------------------------------------
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
@settings(max_examples=60, deadline=None)
def test_the_signature_check_agrees_with_the_library(seed, message, flipped):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verifier.verify_signature(public, signature, message)
    broken = bytearray(signature)
    broken[flipped // 8] ^= 1 << flipped % 8
    assert not verifier.verify_signature(public, bytes(broken), message)
    assert not verifier.verify_signature(public, signature, message + b"!")


def test_signatures_with_a_scalar_out_of_range_or_wrong_lengths_are_refused():
    public, signature = KEY.public_key().public_bytes_raw(), KEY.sign(b"m")
    big = (int.from_bytes(signature[32:], "little") + verifier.L).to_bytes(32, "little")
    for wrong in (signature[:32] + big, signature[:-1], signature + b"\0", b"\xff" * 64):
        assert not verifier.verify_signature(public, wrong, b"m")
    assert not verifier.verify_signature(b"\xff" * 32, signature, b"m")
    assert not verifier.verify_signature(public[:-1], signature, b"m")


# --- a second implementation -----------------------------------------------------------
def naive_verdict(lines, head):
    """Say whether an export is good: everything in memory, by the definitions, sharing no
    code with the verifier.
    """
    leaves = []
    for number, raw in enumerate(lines, 1):
        found = re.match(
            rb'^\{"sequence":([0-9]+),"leaf":"([0-9a-f]+)","event":(.*)\}$', raw, re.DOTALL
        )
        if not found or int(found.group(1)) != number:
            return False
        leaf = hashlib.sha256(b"\x00" + found.group(3)).digest()
        if leaf.hex() != found.group(2).decode():
            return False
        leaves.append(leaf)
    said = json.dumps(
        {k: head[k] for k in ("prev", "root", "size", "time")},
        sort_keys=True,
        separators=(",", ":"),
    )
    try:
        public = Ed25519PublicKey.from_public_bytes(KEY.public_key().public_bytes_raw())
        public.verify(base64.b64decode(head["signature"]), b"portal audit head\n" + said.encode())
    except Exception:
        return False
    return len(leaves) >= head["size"] and naive_root(leaves[: head["size"]]).hex() == head["root"]


def flip_bit(lines, head, rng):
    row = rng.randrange(len(lines))
    raw = bytearray(lines[row])
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(7)
    lines[row] = bytes(raw).replace(b"\n", b" ")


def edit(lines, head, rng):
    row = rng.randrange(len(lines))
    lines[row] = line(row + 1, event(row + 1, actor="user:eve"))


def delete(lines, head, rng):
    start = rng.randrange(len(lines))
    del lines[start : start + rng.randint(1, 3)]


def delete_and_renumber(lines, head, rng):
    kept = [json.loads(raw)["event"] for raw in lines]
    del kept[rng.randrange(len(kept))]
    lines[:] = [line(number, verifier.canonical(body)) for number, body in enumerate(kept, 1)]


def insert(lines, head, rng):
    at = rng.randrange(len(lines))
    lines.insert(at, line(at + 1, event(1000)))


def reorder(lines, head, rng):
    a, b = rng.sample(range(len(lines)), 2)
    lines[a], lines[b] = line(a + 1, event(b + 1)), line(b + 1, event(a + 1))


def truncate(lines, head, rng):
    del lines[rng.randrange(len(lines)) :]


def sign_anew(lines, head, rng):
    edit(lines, head, rng)
    bodies = [verifier.LINE.fullmatch(raw)[3] for raw in lines]
    head.update(head_of(bodies, key=Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))))


def append(lines, head, rng):
    lines.append(line(len(lines) + 1, event(2000)))


CLASSES = [flip_bit, edit, delete, delete_and_renumber, insert, reorder, truncate, sign_anew]


@pytest.mark.parametrize("mutate", [*CLASSES, append], ids=lambda mutation: mutation.__name__)
def test_both_implementations_agree_on_mutated_logs(mutate, tmp_path):
    rng = random.Random(mutate.__name__)
    export, head_file = tmp_path / "export", tmp_path / "head"
    pinned = KEY.public_key().public_bytes_raw()
    for _ in range(150):
        size = rng.randint(2, 40)
        lines, head = LINES[:size], head_of(BODIES[:size])
        mutate(lines, head, rng)
        export.write_bytes(b"".join(raw + b"\n" for raw in lines))
        head_file.write_text(json.dumps(head))
        try:
            verifier.verify(str(export), [str(head_file)], pinned)
            accepted = True
        except (verifier.Bad, ValueError):
            accepted = False
        assert accepted == naive_verdict(lines, head) == (mutate is append)
