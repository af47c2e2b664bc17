#!/usr/bin/env python3
"""Checks an export of the portal's audit trail offline; needs nothing but Python 3.9 or later.

    python verifier.py EXPORT [--head HEADFILE]... [--key PUBLICKEY]

EXPORT is ndjson or csv from /api/v1/audit/events; a HEADFILE holds one or more signed heads from /api/v1/audit/head, and
old heads are the best ones: what was signed before a change cannot be made to fit after it. Exits 0 when all is well,
else 1 and names the first bad sequence number. How the rows are hashed: RFC 9162; how heads are signed: RFC 8032.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import csv
import hashlib
import json
import re
import sys
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
    parser = argparse.ArgumentParser(description="Check an export of the audit trail offline.")
    parser.add_argument("export")
    parser.add_argument("--head", action="append", default=[], help="file with one or more signed heads; may be given again")
    parser.add_argument("--key", help="the public key that the auditor has pinned: text or file")
    given = parser.parse_args(arguments)
    try:
        print("OK:", verify(given.export, given.head, read_key(given.key) if given.key else None))
    except (Bad, OSError, ValueError, KeyError, TypeError) as error:
        print("BAD:", error if isinstance(error, (Bad, OSError)) else f"a file is not what it should be ({error!r})")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
