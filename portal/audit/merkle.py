"""The Merkle tree of RFC 9162 as pure functions over a lookup of its complete subtrees.

A complete subtree is named by its height and position: (0, 5) is the sixth leaf, (3, 1) covers
leaves 8 to 15.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator

Subtree = Callable[[int, int], bytes]  # (height, position) -> hash
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: list[bytes]) -> bytes:
    """Return the root over 2**n neighbouring subtrees of one height."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [node_hash(left, right) for left, right in pairs]
    return hashes[0]


def blocks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut leaves `start` to `end` (exclusive) into the fewest complete subtrees, left to right."""
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        yield height, start >> height
        start += 1 << height


def root(size: int, subtree: Subtree) -> bytes:
    """Return the root of the first `size` leaves."""
    return _span(0, size, subtree) if size else EMPTY


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the path that proves a leaf in the tree of `size` leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span(middle, end, subtree))
            end = middle
        else:
            path.append(_span(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency(first: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the proof that the tree of `size` leaves continues that of its `first` leaves.

    RFC 9162, 2.1.4.1.
    """
    if not 0 < first <= size:
        raise ValueError(f"a tree of {size} does not continue one of {first}")
    start, end, whole, proof = 0, size, True, []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_span(middle, end, subtree))
            end = middle
        else:
            proof.append(_span(start, middle, subtree))
            start, whole = middle, False
    return ([] if whole else [_span(start, end, subtree)]) + proof[::-1]


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _span(start: int, end: int, subtree: Subtree) -> bytes:
    return _join(subtree(height, position) for height, position in blocks(start, end))


def _join(hashes: Iterable[bytes]) -> bytes:
    """Join subtrees of falling height, from the right."""
    waiting = list(hashes)
    if not waiting:
        return EMPTY
    result = waiting.pop()
    while waiting:
        result = node_hash(waiting.pop(), result)
    return result
