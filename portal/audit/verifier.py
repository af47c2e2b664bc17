#!/usr/bin/env python3
"""Checks what the portal hands out as evidence, offline; needs nothing but Python 3.9 or later.

    python verifier.py EXPORT [--head HEADFILE]... [--key PUBLICKEY]
    python verifier.py PACK [--key PUBLICKEY]
    python verifier.py CONSISTENCY [--key PUBLICKEY]

EXPORT is ndjson or csv from /api/v1/audit/events; a HEADFILE holds one or more signed heads from
/api/v1/audit/head, and old heads are the best ones: what was signed before a change cannot be made
to fit after it. PACK is the evidence of a deployment, as a zip or as the folder it was unpacked
into (`.` within it). CONSISTENCY is an answer of /api/v1/audit/consistency. Exits 0 when all is
genuine, else 1 and names the first bad sequence number, or the files that were changed. Hashes of
rows: RFC 9162; signatures of heads: RFC 8032.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import csv
import hashlib
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

LINE = re.compile(rb'\{"sequence":(\d+),"leaf":"([0-9a-f]{64})","event":(\{.*\})\}\r?\n?')
SIGNED_PREFIX = b"portal audit head\n"
CELLS = ("at", "actor", "verb", "subject", "environment", "outcome", "job", "request_id")
GAPS = (
    "a selection with rows left out between: those here are genuine; "
    "that no other one fits is the portal's word"
)
Head = dict[str, Any]
Row = tuple[int, str, bytes]  # sequence, leaf hash in hex, body
Stack = list[tuple[int, bytes]]  # complete subtrees of falling height: height, hash
Point = tuple[int, int, int, int]  # in extended coordinates


class Bad(Exception):
    """The export or a head is not what was recorded."""


# --- the Merkle tree -------------------------------------------------------------------
def add(stack: Stack, digest: bytes, height: int = 0) -> None:
    while stack and stack[-1][0] == height:
        digest = hashlib.sha256(b"\x01" + stack.pop()[1] + digest).digest()
        height += 1
    stack.append((height, digest))


def root(stack: Stack) -> bytes:
    if not stack:
        return hashlib.sha256(b"").digest()
    digest = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        digest = hashlib.sha256(b"\x01" + left + digest).digest()
    return digest


# --- reading ---------------------------------------------------------------------------
def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a key twice: two readers could see two different events."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_lines(path: str) -> Iterator[Row]:
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield read_line(number, line)


def read_line(number: int, line: bytes) -> Row:
    """Return (sequence, leaf, body) of a line, also when another tool has rewritten it."""
    found = LINE.fullmatch(line)
    if found:
        return int(found[1]), found[2].decode(), found[3]
    try:
        row = json.loads(line, object_pairs_hook=unique)
        return int(row["sequence"]), str(row["leaf"]), canonical(row["event"])
    except (ValueError, KeyError, TypeError) as error:
        raise Bad(f"line {number} is not a row of an export ({error})") from error


def read_cells(path: str) -> Iterator[Row]:
    """Yield (sequence, leaf, body) of each row of a csv export, and compare cells and event."""
    csv.field_size_limit(1 << 30)
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                sequence = int(row["sequence"])
                event = json.loads(row["event"], object_pairs_hook=unique)
                wrong = [c for c in CELLS if row[c] not in (event[c], "'" + event[c])]
            except (ValueError, KeyError, TypeError) as error:
                raise Bad(f"row {number} is not a row of an export ({error})") from error
            if wrong:
                raise Bad(f"sequence {sequence}: the cell '{wrong[0]}' differs from the event")
            yield sequence, row["leaf"], row["event"].encode()


def read_export(path: str) -> Iterator[Row]:
    with open(path, "rb") as file:
        is_csv = file.read(9).startswith((b"sequence,", b"\xef\xbb\xbfseque"))
    return read_cells(path) if is_csv else read_lines(path)


def read_heads(paths: Iterable[str]) -> list[Head]:
    heads: list[Head] = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            heads += [json.loads(text)]
        except ValueError:
            heads += [json.loads(line) for line in text.splitlines() if line.strip()]
    return sorted(heads, key=lambda head: (head["size"], head["time"]))


# --- heads -----------------------------------------------------------------------------
def signed_bytes(head: Head) -> bytes:
    return SIGNED_PREFIX + canonical({k: head[k] for k in ("size", "root", "time", "prev")})


def check_heads(heads: list[Head], key: bytes | None) -> None:
    """Check the signature of the last head of each chain: a head vouches for the one it names."""
    named = {head["prev"] for head in heads}
    for head in heads:
        public = key or base64.b64decode(head["public_key"])
        signature, signed = base64.b64decode(head["signature"]), signed_bytes(head)
        vouched_for = hashlib.sha256(signed).hexdigest() in named
        if not vouched_for and not verify_signature(public, signature, signed):
            name = hashlib.sha256(public).hexdigest()[:16]
            raise Bad(f"the head of {head['size']} rows is not signed by key {name}")


def signer(head: Head, key: bytes | None, named_by: str) -> str:
    """Name the key by which a head is signed, and say what to do when it was not given."""
    own = f"key {head['key_id']}, which the {named_by} itself names: pin it with --key"
    return "the key given" if key else own


def check_root(head: Head, stack: Stack, since: int) -> None:
    if root(stack).hex() != head["root"]:
        size = head["size"]
        where = f"{size}" if size == since else f"{since} (or one up to {size})"
        raise Bad(f"sequence {where}: the rows are not those that the head of {size} rows signs")


# --- the walk --------------------------------------------------------------------------
class Walk:
    """Follows the sequence through rows and excluded parts, and checks each head at its size."""

    def __init__(self, heads: list[Head]) -> None:
        self.stack: Stack = []
        self.size = self.rows = self.covered = self.first = self.last = self.good = self.jumped = 0
        self.heads = list(heads)
        left_out = [head for head in heads if head.get("excluded")]
        if len(left_out) > 1:
            raise Bad("give one head of a selection at a time")
        self.selection = left_out[0] if left_out else None
        self.excluded = list(reversed(self.selection["excluded"])) if self.selection else []
        self.check_heads()

    def check_heads(self) -> None:
        """Check the heads whose size has been reached, or passed within an excluded part."""
        while self.heads and self.heads[0]["size"] <= self.size:
            head = self.heads.pop(0)
            if head["size"] == self.size:
                check_root(head, self.stack, self.good + 1)
                self.good, self.covered = self.size, self.rows
            else:
                self.jumped += 1

    def skip(self) -> None:
        """Add the excluded parts that come next."""
        while self.excluded and self.excluded[-1][0] == self.size + 1:
            first, last, digest = self.excluded.pop()
            count = last - first + 1
            if count & (count - 1) or (first - 1) % count:
                raise Bad(f"the head excludes rows {first} to {last}, which are no part of a tree")
            add(self.stack, bytes.fromhex(digest), count.bit_length() - 1)
            self.size = last
            self.check_heads()

    def row(self, sequence: int, leaf: str, body: bytes) -> None:
        if self.excluded:
            self.skip()
        if sequence != self.size + 1:
            if sequence <= self.size:
                raise Bad(f"sequence {sequence}: stands twice, or after {self.size}")
            raise self.missing(f"goes on with {sequence}")
        digest = hashlib.sha256(b"\x00" + body).digest()
        if digest.hex() != leaf:
            raise Bad(f"sequence {sequence}: the event does not have the hash {leaf}")
        add(self.stack, digest)
        self.size = self.last = sequence
        self.first = self.first or sequence
        self.rows += 1
        if self.heads and self.heads[0]["size"] == sequence:
            self.check_heads()

    def missing(self, words: str) -> Bad:
        hint = " (a selection needs the head that was fetched with the same parameters)"
        hint = "" if self.selection else hint
        return Bad(f"sequence {self.size + 1}: missing, the export {words}{hint}")

    def end(self) -> None:
        self.skip()
        if self.heads:
            raise self.missing(f"ends and the head covers {self.heads[-1]['size']}")


def verify(path: str, head_paths: Iterable[str] = (), key: bytes | None = None) -> str:
    """Check an export and return what to say about it; raises Bad."""
    heads = read_heads(head_paths)
    check_heads(heads, key)
    walk = Walk(heads)
    for sequence, leaf, body in read_export(path):
        walk.row(sequence, leaf, body)
    walk.end()
    if not heads:
        found = f"{walk.rows} rows, root {root(walk.stack).hex()}"
        return f"{found}; no head given, so nothing says that these are the rows recorded"
    return "; ".join(findings(walk, heads[-1], key))


def findings(walk: Walk, newest: Head, key: bytes | None) -> list[str]:
    words = [
        f"{walk.covered} rows are those that the head of {newest['size']} rows signs "
        f"({newest['time']}, root {newest['root']})"
    ]
    if walk.rows > walk.covered:
        newer = walk.rows - walk.covered
        words.append(f"{newer} rows are newer than the head and not covered by it")
    if walk.selection:
        whole = walk.rows and walk.rows == walk.last - walk.first + 1
        span = f"the rows are {walk.first} to {walk.last} and none between them is missing"
        words.append(span if whole else GAPS)
    if walk.jumped:
        words.append(f"{walk.jumped} heads end inside excluded parts and were not compared")
    return [*words, f"signed by {signer(newest, key, 'head')}"]


# --- packs: the evidence of a deployment -----------------------------------------------
MANIFEST, SEAL = "manifest.json", "seal.json"
ROWS, PROOFS, HEAD = "audit/rows.ndjson", "audit/proofs.json", "audit/head.json"
HEAD_NAMES = {"size", "root", "time", "prev", "key_id", "public_key", "signature"}


def is_pack(path: str) -> bool:
    return os.path.isdir(path) or zipfile.is_zipfile(path)


def read_pack(path: str) -> dict[str, bytes]:
    if os.path.isdir(path):
        return dict(read_folder(path))
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names):
                raise Bad("a file stands in the zip twice")
            return {inner(name, names): archive.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise Bad(f"the zip is damaged ({error})") from error


def inner(name: str, names: list[str]) -> str:
    """Return a file's name within the pack: the zip may have one folder around it."""
    folder = names[0].partition("/")[0] + "/"
    return name[len(folder) :] if all(other.startswith(folder) for other in names) else name


def read_folder(path: str) -> Iterator[tuple[str, bytes]]:
    for folder, _, names in os.walk(path):
        for name in names:
            whole = os.path.join(folder, name)
            with open(whole, "rb") as file:
                yield os.path.relpath(whole, path).replace(os.sep, "/"), file.read()


def strict(files: dict[str, bytes], name: str) -> Any:
    """Return a JSON file that must be in canonical form, so that no byte of it may differ."""
    if name not in files:
        raise Bad(f"{name} is missing: this is no evidence pack, or not the whole of one")
    try:
        value = json.loads(files[name], object_pairs_hook=unique)
    except ValueError as error:
        raise Bad(f"{name} was changed: it is no JSON any more") from error
    if canonical(value) != files[name]:
        raise Bad(f"{name} was changed: it is not in canonical form")
    return value


def check_inclusion(sequence: int, digest: bytes, path: list[str], head: Head) -> bool:
    """Say whether a row stands in the tree that a head signs (RFC 9162, 2.1.3.2)."""
    index, last = sequence - 1, head["size"] - 1
    if not 0 <= index <= last:
        return False
    for step in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            digest = hashlib.sha256(b"\x01" + bytes.fromhex(step) + digest).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\x01" + digest + bytes.fromhex(step)).digest()
        index, last = index >> 1, last >> 1
    return last == 0 and digest.hex() == str(head["root"])


def check_head(name: str, head: Head, key: bytes | None) -> None:
    """Check that a head is as it was written and signed, by the pinned key if there is one."""
    public = base64.b64decode(head["public_key"], validate=True)
    signature = base64.b64decode(head["signature"], validate=True)
    encoded = [base64.b64encode(one).decode() for one in (public, signature)]
    same = encoded == [head["public_key"], head["signature"]] and set(head) == HEAD_NAMES
    if not same or head["key_id"] != hashlib.sha256(public).hexdigest()[:16]:
        raise Bad(f"{name} was changed: its head is not as it was written")
    if not verify_signature(key or public, signature, signed_bytes(head)):
        words = "was changed, or is signed by another key: the signature does not fit"
        raise Bad(f"{name} {words}")


def check_seal(files: dict[str, bytes], key: bytes | None) -> dict[str, Any]:
    """Check the signed row that names the manifest, then the manifest, and return it."""
    seal = strict(files, SEAL)
    check_head(SEAL, seal["head"], key)
    digest = hashlib.sha256(b"\x00" + canonical(seal["event"])).digest()
    whole = set(seal) == {"event", "head", "path", "sequence"}
    if not (whole and check_inclusion(seal["sequence"], digest, seal["path"], seal["head"])):
        raise Bad(f"{SEAL} was changed: its row is not one that its head signs")
    manifest = strict(files, MANIFEST)
    found = "sha256:" + hashlib.sha256(files[MANIFEST]).hexdigest()
    if found != seal["event"]["detail"]["manifest"]:
        raise Bad(f"{MANIFEST} was changed: the signed row {seal['sequence']} names another one")
    return dict(manifest)


def check_files(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Compare every file with the manifest, and name all that differ."""
    named = manifest["files"]
    packed = {name: data for name, data in files.items() if name not in (MANIFEST, SEAL)}
    found = {name: hashlib.sha256(data).hexdigest() for name, data in packed.items()}
    both = sorted(set(found) & set(named))
    wrong = [f"{name} was changed" for name in both if named[name] != found[name]]
    wrong += [f"{name} is missing" for name in sorted(set(named) - set(found))]
    wrong += [f"{name} does not belong to the pack" for name in sorted(set(found) - set(named))]
    if wrong:
        raise Bad("; ".join(wrong))


def check_rows(files: dict[str, bytes], key: bytes | None) -> int:
    """Check every audit row of the pack against the signed head, and return how many there are."""
    head, proofs, rows = strict(files, HEAD), strict(files, PROOFS), 0
    check_head(HEAD, head, key)
    for number, line in enumerate(files[ROWS].splitlines(keepends=True), 1):
        sequence, leaf, body = read_line(number, line)
        digest, proof = hashlib.sha256(b"\x00" + body).digest(), proofs.get(str(sequence), [])
        if digest.hex() != leaf or not check_inclusion(sequence, digest, proof, head):
            where, size = f"{ROWS}: sequence {sequence}", head["size"]
            raise Bad(f"{where} is not a row that the head of {size} rows signs")
        rows += 1
    return rows


def check_agreement(files: dict[str, bytes]) -> str:
    """Check that request and approvals name the plan in the pack, and return its digest."""
    digest = "sha256:" + hashlib.sha256(files["plan.json"]).hexdigest()
    if json.loads(files["request.json"])["digest"] != digest:
        raise Bad("plan.json is not the plan that request.json names")
    for approval in json.loads(files["approvals.json"]):
        if approval["digest"] != digest:
            raise Bad(f"approvals.json: {approval['approver']} agreed to another plan")
    return digest


def verify_pack(path: str, key: bytes | None = None) -> str:
    """Check an evidence pack and return what to say about it; raises Bad."""
    files = read_pack(path)
    try:
        manifest = check_seal(files, key)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Bad(f"{SEAL} was changed: it is not what was written ({error})") from error
    check_files(files, manifest)
    rows, digest, head = check_rows(files, key), check_agreement(files), strict(files, HEAD)
    about = f"{manifest['subject']} ({manifest['version']} in {manifest['environment']})"
    return (
        f"{len(files)} files of {about} are as they were packed; {rows} audit rows are in the "
        f"trail that the head of {head['size']} rows signs ({head['time']}); what ran and was "
        f"agreed to is plan {digest}; signed by {signer(head, key, 'pack')}"
    )


# --- a newer head continues an older one -----------------------------------------------
def is_consistency(path: str) -> bool:
    """Say whether the file is an answer of /api/v1/audit/consistency."""
    try:
        with open(path, "rb") as file:
            return file.read(64).translate(None, b" \r\n\t").startswith(b'{"from":{')
    except OSError:
        return False


def verify_consistency(path: str, key: bytes | None = None) -> str:
    """Check the proof that one signed tree continues another (RFC 9162, 2.1.4.2); raises Bad."""
    with open(path, encoding="utf-8") as file:
        proof = json.load(file, object_pairs_hook=unique)
    older, newer = proof["from"], proof["to"]
    check_heads([older, newer], key)
    nodes = [bytes.fromhex(one) for one in proof["path"]]
    first, second = older["size"] - 1, newer["size"] - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    if older["size"] == newer["size"]:
        second = len(nodes)  # nothing was added, so nothing is to be shown
    elif not older["size"] & (older["size"] - 1):
        nodes.insert(0, bytes.fromhex(older["root"]))
    old = new = nodes.pop(0) if nodes else bytes.fromhex(older["root"])
    for node in nodes:
        if first & 1 or first == second:
            old = hashlib.sha256(b"\x01" + node + old).digest()
            new = hashlib.sha256(b"\x01" + node + new).digest()
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            new = hashlib.sha256(b"\x01" + new + node).digest()
        first, second = first >> 1, second >> 1
    if second or (old.hex(), new.hex()) != (older["root"], newer["root"]):
        raise Bad(f"the trail of {newer['size']} rows does not continue that of {older['size']}")
    return (
        f"the {newer['size']} rows of {newer['time']} begin with the {older['size']} rows of "
        f"{older['time']}, unchanged; signed by {signer(newer, key, 'proof')}"
    )


# --- Ed25519 (RFC 8032) ----------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def point_times(scalar: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_read(data: bytes) -> Point | None:
    """Return the point that 32 bytes name, or None."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_read((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def verify_signature(public: bytes, signature: bytes, message: bytes) -> bool:
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = point_read(public), point_read(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = point_times(s, BASE), point_add(r, point_times(h, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


def read_key(text: str) -> bytes:
    """Return the 32 bytes of a public key in base64 or hex, given as text or in a file."""
    try:
        with open(text, encoding="ascii") as file:
            text = file.read().strip()
    except OSError:
        pass  # the key itself
    for decode in (bytes.fromhex, base64.b64decode):
        try:
            if len(decode(text)) == 32:
                return decode(text)
        except (ValueError, binascii.Error):
            continue
    raise Bad("the public key is neither 32 bytes in base64 or hex nor a file that holds them")


def main(arguments: list[str] | None = None) -> int:
    about = "Check an export of the audit trail, or the evidence of a deployment, offline."
    what = "the export; or the pack, as a zip or as the folder it was unpacked into"
    heads = "file with one or more signed heads; may be given again"
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("export", help=what)
    parser.add_argument("--head", action="append", default=[], help=heads)
    parser.add_argument("--key", help="the public key that the auditor has pinned: text or file")
    given = parser.parse_args(arguments)
    try:
        key = read_key(given.key) if given.key else None
        if is_consistency(given.export):
            found = verify_consistency(given.export, key)
        elif is_pack(given.export):
            found = verify_pack(given.export, key)
        else:
            found = verify(given.export, given.head, key)
    except (Bad, OSError) as error:
        print("BAD:", error)
        return 1
    except (ValueError, KeyError, TypeError) as error:
        print(f"BAD: a file is not what it should be ({error!r})")
        return 1
    print("OK:", found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
