"""Archives: what is taken, and how every other thing is refused before it does harm."""

import contextlib
import gzip
import io
import stat
import struct
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.frontend import archive
from releases.frontend.archive import UnusableBundle, entries
from tests.releases.frontend.packing import build, member, tar_of, tarred, zip_with, zipped


def read(data):
    return {entry.name: entry.content for entry in entries(io.BytesIO(data), len(data))}


@pytest.mark.parametrize(
    "pack", [zipped, tarred, lambda content: tarred(content, "w")], ids=["zip", "tgz", "tar"]
)
def test_zip_tar_and_tar_gz_give_the_same_files(pack):
    assert read(pack(build())) == build()


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"BZh91AY&SY" + b"x" * 600, b"\xfd7zXZ\x00" + b"x" * 600]
)
def test_anything_else_is_no_archive(data):
    with pytest.raises(UnusableBundle, match=r"not a zip, tar or tar\.gz"):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        zip_with("link", b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        zip_with("device", b"", mode=stat.S_IFCHR | 0o600),
        tar_of(member("link", tarfile.SYMTYPE, linkname="/etc/passwd")),
        tar_of(member("link", tarfile.LNKTYPE, linkname="index.html")),
        tar_of(member("device", tarfile.CHRTYPE)),
        tar_of(member("fifo", tarfile.FIFOTYPE)),
    ],
)
def test_only_plain_files_and_folders_are_taken(data):
    with pytest.raises(UnusableBundle, match="is a link or a device"):
        read(data)


def test_folders_are_passed_over():
    folder = member("assets", tarfile.DIRTYPE)
    assert read(tar_of(folder)) == {}


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tgz"])
def test_a_bomb_is_refused_while_it_unpacks(pack, monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM", 100_000)
    with pytest.raises(UnusableBundle, match="more than 100 times its size"):
        read(pack({"zeros.txt": bytes(1_000_000)}))


def test_a_bomb_in_the_gaps_of_a_tar_is_refused_too(monkeypatch):
    monkeypatch.setattr(archive, "RATIO_FROM", 100_000)
    with pytest.raises(UnusableBundle, match="more than 100 times"):
        read(gzip.compress(tarred({"a.txt": b"x"}, "w") + bytes(3_000_000)))


def test_total_count_and_size_of_one_file_have_limits(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    with pytest.raises(UnusableBundle, match="unpacks to more than"):
        read(zipped({"a.txt": b"ab" * 400, "b.txt": b"cd" * 400}))
    monkeypatch.setattr(archive, "MAX_FILE", 500)
    with pytest.raises(UnusableBundle, match=r"a\.txt has 800 bytes unpacked"):
        read(zipped({"a.txt": b"ab" * 400}))
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    with pytest.raises(UnusableBundle, match="more than 3 files"):
        read(zip_with("f", count=4))


def test_a_directory_that_would_fill_the_memory_is_not_read(monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 1)
    monkeypatch.setattr(archive, "_DIRECTORY_ENTRY", 60)
    with pytest.raises(UnusableBundle, match="more than 1 files"):
        read(zip_with("name", count=9))


def test_zip64_and_encrypted_are_refused_with_words():
    data = bytearray(zip_with("a.txt"))
    data[6] |= 1  # local header and directory both say: encrypted
    data[data.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnusableBundle, match="is encrypted"):
        read(bytes(data))
    plain = zip_with("a.txt")
    at = plain.find(b"PK\x05\x06")
    with pytest.raises(UnusableBundle, match="zip64"):
        read(plain[:at] + b"PK\x06\x07" + bytes(16) + plain[at:])


def test_a_size_that_lies_changes_nothing():
    data = bytearray(zipped({"a.txt": b"x" * 1000}))
    struct.pack_into("<I", data, data.find(b"PK\x01\x02") + 24, 10)  # the directory says 10 bytes
    with pytest.raises(UnusableBundle):
        read(bytes(data))


def test_a_header_of_gigabytes_is_not_read():
    item = member("././@PaxHeader", tarfile.XHDTYPE, size=2**33)
    with pytest.raises(UnusableBundle, match="header of more than 1 MB"):
        read(item.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(UnusableBundle):
        read(member("holes", tarfile.REGTYPE, size=2**40).tobuf(tarfile.GNU_FORMAT) + bytes(1024))


@pytest.mark.parametrize(
    "pack", [zipped, tarred, lambda content: tarred(content, "w")], ids=["zip", "tgz", "tar"]
)
def test_cut_off_anywhere_it_is_refused(pack):
    data = pack({"a.txt": bytes(range(256)) * 20, "b.txt": b"end"}).rstrip(b"\0")
    for end in range(1, len(data), max(1, len(data) // 60)):
        with pytest.raises(UnusableBundle):
            read(data[:end])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_is_damaged_gives_files_or_a_refusal_and_nothing_else(data):
    good = data.draw(st.sampled_from([zipped(build()), tarred(build()), tarred(build(), "w")]))
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnusableBundle):
        read(bytes(broken))
