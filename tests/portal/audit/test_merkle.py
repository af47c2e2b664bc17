"""The Merkle tree against the definitions of RFC 9162 and its own test vectors."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.audit import merkle, verifier


def naive_root(leaves):
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def check_inclusion(leaf, index, size, path, root):
    """RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def check_consistency(first, second, first_root, second_root, path):
    """RFC 9162, 2.1.4.2."""
    if first == second:
        return not path and first_root == second_root
    if first & (first - 1) == 0:
        path = [first_root, *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = (
                hashlib.sha256(b"\x01" + c + fr).digest(),
                hashlib.sha256(b"\x01" + c + sr).digest(),
            )
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = hashlib.sha256(b"\x01" + sr + c).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


def leaves_of(size):
    return [merkle.leaf_hash(str(n).encode()) for n in range(size)]


def lookup(leaves):
    return lambda height, position: naive_root(
        leaves[position << height : (position + 1) << height]
    )


def test_the_known_vectors_of_certificate_transparency():
    data = [
        bytes.fromhex(h)
        for h in (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        )
    ]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    stack = []
    for item, expected in zip(data, roots, strict=True):
        verifier.add(stack, merkle.leaf_hash(item))
        assert verifier.root(stack).hex() == expected


@pytest.mark.parametrize("size", range(70))
def test_the_verifier_and_the_lookup_agree_with_the_definition(size):
    leaves, stack = leaves_of(size), []
    for leaf in leaves:
        verifier.add(stack, leaf)
    assert verifier.root(stack) == merkle.root(size, lookup(leaves)) == naive_root(leaves)


@settings(deadline=None)
@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_every_inclusion_proof_is_accepted_for_its_leaf_alone(case):
    size, index = case
    leaves = leaves_of(size)
    path = merkle.inclusion(index, size, lookup(leaves))
    assert len(path) <= size.bit_length()
    assert check_inclusion(leaves[index], index, size, path, naive_root(leaves))
    assert not check_inclusion(merkle.leaf_hash(b"other"), index, size, path, naive_root(leaves))


@settings(deadline=None)
@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))))
def test_every_consistency_proof_is_accepted_for_its_history_alone(case):
    size, first = case
    leaves = leaves_of(size)
    proof = merkle.consistency(first, size, lookup(leaves))
    assert check_consistency(first, size, naive_root(leaves[:first]), naive_root(leaves), proof)
    if first < size:
        rewritten = [merkle.leaf_hash(b"other"), *leaves[1:]]
        assert not check_consistency(
            first, size, naive_root(rewritten[:first]), naive_root(leaves), proof
        )


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500))
def test_blocks_cover_a_range_once_and_in_order(start, length):
    covered = [
        leaf
        for height, position in merkle.blocks(start, start + length)
        for leaf in range(position << height, position + 1 << height)
    ]
    assert covered == list(range(start, start + length))


def test_proofs_outside_the_tree_are_refused():
    for wrong in (
        lambda: merkle.inclusion(5, 5, lookup([])),
        lambda: merkle.consistency(0, 5, lookup([])),
    ):
        with pytest.raises(ValueError):
            wrong()
