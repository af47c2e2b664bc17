#!/usr/bin/env python3
"""Checks what the portal hands out as evidence, offline; needs nothing but Python 3.9 or later.

    python verifier.py EXPORT [--head HEADFILE]... [--key PUBLICKEY]
    python verifier.py PACK [--key PUBLICKEY]

EXPORT is ndjson or csv from /api/v1/audit/events; a HEADFILE holds one or more signed heads from /api/v1/audit/head, and
old heads are the best ones: what was signed before a change cannot be made to fit after it. PACK is the evidence of a
deployment, as a zip or as the folder it was unpacked into (`.` within it). Exits 0 when all is well, else 1 and names the
first bad sequence number, or the files that were changed. Hashes of rows: RFC 9162; signatures of heads: RFC 8032.
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


class Bad(Exception):
    """The export or a head is not what was recorded."""


# --- the Merkle tree -----------------------------------------------------------------------------------------------
def add(stack: list[tuple[int, bytes]], digest: bytes, height: int = 0) -> None:
    """Append a complete subtree to the stack of complete subtrees."""
    sha256 = hashlib.sha256
    while stack and stack[-1][0] == height:
        digest = sha256(b"\x01" + stack.pop()[1] + digest).digest()
        height += 1
    stack.append((height, digest))


def root(stack: list[tuple[int, bytes]]) -> bytes:
    """Return the root over the stack."""
    if not stack:
        return hashlib.sha256(b"").digest()
    digest = stack[-1][1]
    for _, left in reversed(stack[:-1]):
        digest = hashlib.sha256(b"\x01" + left + digest).digest()
    return digest


# --- reading -------------------------------------------------------------------------------------------------------
def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a key twice: two readers could see two different events."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_lines(path: str) -> Iterator[tuple[int, str, bytes]]:
    """Yield (sequence, leaf, body) of each line of an ndjson export."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            found = LINE.fullmatch(line)
            if found:
                yield int(found[1]), found[2].decode(), found[3]
            elif line.strip():
                yield read_other(number, line)


def read_other(number: int, line: bytes) -> tuple[int, str, bytes]:
    """Read a line that another tool has written anew."""
    try:
        row = json.loads(line, object_pairs_hook=unique)
        return int(row["sequence"]), str(row["leaf"]), canonical(row["event"])
    except (ValueError, KeyError, TypeError) as error:
        raise Bad(f"line {number} is not a row of an export ({error})") from error


def read_cells(path: str) -> Iterator[tuple[int, str, bytes]]:
    """Yield (sequence, leaf, body) of each row of a csv export, and see that its cells say what the event says."""
    csv.field_size_limit(1 << 30)
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                sequence, event = int(row["sequence"]), json.loads(row["event"], object_pairs_hook=unique)
                wrong = [name for name in CELLS if row[name] not in (event[name], "'" + event[name])]
            except (ValueError, KeyError, TypeError) as error:
                raise Bad(f"row {number} is not a row of an export ({error})") from error
            if wrong:
                raise Bad(f"sequence {sequence}: the cell '{wrong[0]}' does not say what the event says")
            yield sequence, row["leaf"], row["event"].encode()


def read_export(path: str) -> Iterator[tuple[int, str, bytes]]:
    """Yield the rows of an export of either kind."""
    with open(path, "rb") as file:
        start = file.read(9)
    return read_cells(path) if start.startswith((b"sequence,", b"\xef\xbb\xbfseque")) else read_lines(path)


def read_heads(paths: Iterable[str]) -> list[dict[str, Any]]:
    """Return the heads of all files, smallest first."""
    heads: list[dict[str, Any]] = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            heads += [json.loads(text)]
        except ValueError:
            heads += [json.loads(line) for line in text.splitlines() if line.strip()]
    return sorted(heads, key=lambda head: (head["size"], head["time"]))


# --- heads ---------------------------------------------------------------------------------------------------------
def signed_bytes(head: dict[str, Any]) -> bytes:
    """Return the bytes that the signature of a head covers."""
    return SIGNED_PREFIX + canonical({name: head[name] for name in ("size", "root", "time", "prev")})


def check_heads(heads: list[dict[str, Any]], key: bytes | None) -> None:
    """Check signatures: of the last head of each unbroken chain, for a head vouches for the one it names."""
    named = {head["prev"] for head in heads}
    for head in heads:
        public = key or base64.b64decode(head["public_key"])
        if hashlib.sha256(signed_bytes(head)).hexdigest() in named:
            continue
        if not verify_signature(public, base64.b64decode(head["signature"]), signed_bytes(head)):
            raise Bad(f"the head of {head['size']} rows is not signed by key {hashlib.sha256(public).hexdigest()[:16]}")


def check_root(head: dict[str, Any], stack: list[tuple[int, bytes]], since: int) -> None:
    """Compare the root of the rows so far with a head."""
    if root(stack).hex() != head["root"]:
        where = f"sequence {head['size']}" if head["size"] == since else f"sequence {since} (or one up to {head['size']})"
        raise Bad(f"{where}: the rows are not those that the head of {head['size']} rows signs")


# --- the walk ------------------------------------------------------------------------------------------------------
class Walk:
    """Follows the sequence through rows and left-out parts, and meets each head at its size."""

    def __init__(self, heads: list[dict[str, Any]]) -> None:
        self.stack: list[tuple[int, bytes]] = []
        self.size = self.rows = self.covered = self.first = self.last = self.good = self.jumped = 0
        self.unmet = list(heads)
        left_out = [head for head in heads if head.get("excluded")]
        if len(left_out) > 1:
            raise Bad("give one head of a selection at a time")
        self.selection = left_out[0] if left_out else None
        self.excluded = list(reversed(self.selection["excluded"])) if self.selection else []
        self.meet()

    def meet(self) -> None:
        """Check the heads whose size has been reached, or jumped over with a left-out part."""
        while self.unmet and self.unmet[0]["size"] <= self.size:
            head = self.unmet.pop(0)
            if head["size"] == self.size:
                check_root(head, self.stack, self.good + 1)
                self.good, self.covered = self.size, self.rows
            else:
                self.jumped += 1

    def skip(self) -> None:
        """Add the left-out parts that come next."""
        while self.excluded and self.excluded[-1][0] == self.size + 1:
            first, last, digest = self.excluded.pop()
            count = last - first + 1
            if count & (count - 1) or (first - 1) % count:
                raise Bad(f"the head leaves out rows {first} to {last}, which are no part of a tree")
            add(self.stack, bytes.fromhex(digest), count.bit_length() - 1)
            self.size = last
            self.meet()

    def row(self, sequence: int, leaf: str, body: bytes) -> None:
        """Add the next row."""
        if self.excluded:
            self.skip()
        if sequence != self.size + 1:
            if sequence <= self.size:
                raise Bad(f"sequence {sequence}: stands twice, or after {self.size}")
            raise Bad(f"sequence {self.size + 1}: missing, the export goes on with {sequence}{self.hint()}")
        digest = hashlib.sha256(b"\x00" + body).digest()
        if digest.hex() != leaf:
            raise Bad(f"sequence {sequence}: the event does not have the hash {leaf}")
        add(self.stack, digest)
        self.size = self.last = sequence
        self.first = self.first or sequence
        self.rows += 1
        if self.unmet and self.unmet[0]["size"] == sequence:
            self.meet()

    def hint(self) -> str:
        """Say what to do about a selection."""
        return "" if self.selection else " (a selection needs the head that was fetched with the same parameters)"

    def end(self) -> None:
        """See that nothing is cut off."""
        self.skip()
        if self.unmet:
            raise Bad(
                f"sequence {self.size + 1}: missing, the export ends and the head covers {self.unmet[-1]['size']}{self.hint()}"
            )


def verify(path: str, head_paths: Iterable[str] = (), key: bytes | None = None) -> str:
    """Check an export and return what to say about it; raises Bad."""
    heads = read_heads(head_paths)
    check_heads(heads, key)
    walk = Walk(heads)
    for sequence, leaf, body in read_export(path):
        walk.row(sequence, leaf, body)
    walk.end()
    if not heads:
        return f"{walk.rows} rows, root {root(walk.stack).hex()}; no head given, so nothing says that these are the rows recorded"
    return "; ".join(findings(walk, heads[-1], key))


def findings(walk: Walk, newest: dict[str, Any], key: bytes | None) -> list[str]:
    """Return what was proved and what was not."""
    words = [
        f"{walk.covered} rows are those that the head of {newest['size']} rows signs ({newest['time']}, root {newest['root']})"
    ]
    if walk.rows > walk.covered:
        words.append(f"{walk.rows - walk.covered} rows are newer than the head and not covered by it")
    if walk.selection:
        words.append(span_words(walk))
    if walk.jumped:
        words.append(f"{walk.jumped} heads end inside left-out parts and were not compared")
    by = "the key given" if key else f"key {newest['key_id']}, which the head itself names: pin it with --key"
    return [*words, f"signed by {by}"]


def span_words(walk: Walk) -> str:
    """Say what a selection proves."""
    if walk.rows and walk.rows == walk.last - walk.first + 1:
        return f"the rows are {walk.first} to {walk.last} and none between them is missing"
    return "a selection with rows left out between: those here are genuine; that no other one fits is the portal's word"


# --- packs: the evidence of a deployment ---------------------------------------------------------------------------
MANIFEST, SEAL = "manifest.json", "seal.json"
ROWS, PROOFS, HEAD = "audit/rows.ndjson", "audit/proofs.json", "audit/head.json"
HEAD_NAMES = {"size", "root", "time", "prev", "key_id", "public_key", "signature"}


def is_pack(path: str) -> bool:
    """Say whether a path is a folder or a zip."""
    return os.path.isdir(path) or zipfile.is_zipfile(path)


def read_pack(path: str) -> dict[str, bytes]:
    """Return every file of a pack by name."""
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
    """Return a file's name within the pack: the zip has one folder around it, so that unpacking makes one."""
    folder = names[0].partition("/")[0] + "/"
    return name[len(folder) :] if all(other.startswith(folder) for other in names) else name


def read_folder(path: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every file below a folder."""
    for folder, _, names in os.walk(path):
        for name in names:
            whole = os.path.join(folder, name)
            with open(whole, "rb") as file:
                yield os.path.relpath(whole, path).replace(os.sep, "/"), file.read()


def strict(files: dict[str, bytes], name: str) -> Any:
    """Return a JSON file that must be spelt in the one canonical way, so that no byte of it may differ."""
    if name not in files:
        raise Bad(f"{name} is missing: this is no evidence pack, or not the whole of one")
    try:
        value = json.loads(files[name], object_pairs_hook=unique)
    except ValueError as error:
        raise Bad(f"{name} was changed: it is no JSON any more") from error
    if canonical(value) != files[name]:
        raise Bad(f"{name} was changed: it is not spelt as it was written")
    return value


def check_inclusion(sequence: int, digest: bytes, path: list[str], head: dict[str, Any]) -> bool:
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


def check_head(name: str, head: dict[str, Any], key: bytes | None) -> None:
    """Check that a head is signed, that every part of it is covered, and by the pinned key if there is one."""
    public = base64.b64decode(head["public_key"], validate=True)
    spelt = base64.b64encode(public).decode() == head["public_key"]
    signature = base64.b64decode(head["signature"], validate=True)
    spelt = spelt and base64.b64encode(signature).decode() == head["signature"] and set(head) == HEAD_NAMES
    if not spelt or head["key_id"] != hashlib.sha256(public).hexdigest()[:16]:
        raise Bad(f"{name} was changed: its head is not as it was written")
    if not verify_signature(key or public, signature, signed_bytes(head)):
        raise Bad(f"{name} was changed, or is signed by another key: the signature does not fit")


def check_seal(files: dict[str, bytes], key: bytes | None) -> dict[str, Any]:
    """Check the signed row that names the manifest, then the manifest, and return it."""
    seal = strict(files, SEAL)
    check_head(SEAL, seal["head"], key)
    digest = hashlib.sha256(b"\x00" + canonical(seal["event"])).digest()
    if set(seal) != {"event", "head", "path", "sequence"} or not check_inclusion(
        seal["sequence"], digest, seal["path"], seal["head"]
    ):
        raise Bad(f"{SEAL} was changed: its row is not one that its head signs")
    manifest = strict(files, MANIFEST)
    if "sha256:" + hashlib.sha256(files[MANIFEST]).hexdigest() != seal["event"]["detail"]["manifest"]:
        raise Bad(f"{MANIFEST} was changed: the signed row {seal['sequence']} names another one")
    return dict(manifest)


def check_files(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Compare every file with the manifest, and name all that differ."""
    named = manifest["files"]
    found = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name not in (MANIFEST, SEAL)}
    wrong = [f"{name} was changed" for name in sorted(found) if name in named and named[name] != found[name]]
    wrong += [f"{name} is missing" for name in sorted(set(named) - set(found))]
    wrong += [f"{name} does not belong to the pack" for name in sorted(set(found) - set(named))]
    if wrong:
        raise Bad("; ".join(wrong))


def check_rows(files: dict[str, bytes], key: bytes | None) -> int:
    """Check every audit row of the pack against the signed head, and return how many there are."""
    head, proofs, rows = strict(files, HEAD), strict(files, PROOFS), 0
    check_head(HEAD, head, key)
    for number, line in enumerate(files[ROWS].splitlines(keepends=True), 1):
        found = LINE.fullmatch(line)
        sequence, leaf, body = (int(found[1]), found[2].decode(), found[3]) if found else read_other(number, line)
        digest = hashlib.sha256(b"\x00" + body).digest()
        if digest.hex() != leaf or not check_inclusion(sequence, digest, proofs.get(str(sequence), []), head):
            raise Bad(f"{ROWS}: sequence {sequence} is not a row that the head of {head['size']} rows signs")
        rows += 1
    return rows


def check_agreement(files: dict[str, bytes]) -> str:
    """Check that what was asked for and agreed to is the plan in the pack, and return its digest."""
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
    rows = check_rows(files, key)
    digest = check_agreement(files)
    head = strict(files, HEAD)
    by = "the key given" if key else f"key {head['key_id']}, which the pack itself names: pin it with --key"
    return (
        f"{len(files)} files of {manifest['subject']} ({manifest['version']} in {manifest['environment']}) are as they were "
        f"packed; {rows} audit rows are in the trail that the head of {head['size']} rows signs ({head['time']}); "
        f"what ran and was agreed to is plan {digest}; signed by {by}"
    )


# --- Ed25519 (RFC 8032) --------------------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Add two points in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def point_times(scalar: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Multiply a point by a number."""
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_read(data: bytes) -> tuple[int, int, int, int] | None:
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
    """Say whether the signature is that of the key over the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = point_read(public), point_read(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = point_times(s, BASE), point_add(r, point_times(h, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def read_key(text: str) -> bytes:
    """Return the 32 bytes of a public key in base64 or hex, given as text or as the name of a file that holds it."""
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
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description="Check an export of the audit trail, or the evidence of a deployment, offline.")
    parser.add_argument("export", help="the export; or the pack, as a zip or as the folder it was unpacked into")
    parser.add_argument("--head", action="append", default=[], help="file with one or more signed heads; may be given again")
    parser.add_argument("--key", help="the public key that the auditor has pinned: text or file")
    given = parser.parse_args(arguments)
    try:
        key = read_key(given.key) if given.key else None
        print("OK:", verify_pack(given.export, key) if is_pack(given.export) else verify(given.export, given.head, key))
    except (Bad, OSError, ValueError, KeyError, TypeError) as error:
        print("BAD:", error if isinstance(error, (Bad, OSError)) else f"a file is not what it should be ({error!r})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
