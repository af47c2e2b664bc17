"""Unpacks a zip or tar file by file, within limits that hold whatever the archive says."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

MIB = 1024 * 1024
MAX_ARCHIVE = 200 * MIB
MAX_FILES = 2000
MAX_FILE = 25 * MIB  # one file is held in memory at a time
MAX_UNPACKED = 500 * MIB
MAX_RATIO = 100
RATIO_FROM = 10 * MIB  # a small archive of zeros is harmless
CHUNK = 64 * 1024
MAX_HEADER = MIB  # a tar header is read into memory whole
_DIRECTORY_ENTRY = 46 + 1024  # bytes of one line of a zip's directory, with a long name
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
_UNREADABLE = (
    *_BROKEN,
    IndexError,
    KeyError,
    RuntimeError,
    NotImplementedError,
)  # encrypted, foreign method, headers in a chain


class UnusableBundle(Exception):
    """The archive is refused: the text says why, without a secret; `next_step` what to do."""

    def __init__(
        self, words: str, next_step: str = "Pack the build's folder `dist` again and upload it."
    ) -> None:
        super().__init__(words)
        self.next_step = next_step


@dataclass(frozen=True)
class ArchiveEntry:
    """One file as it is in the archive."""

    name: str
    content: bytes


@dataclass
class UnpackBudget:
    """What has been unpacked so far, against the limits."""

    packed: int
    files: int = 0
    unpacked: int = 0

    def count_file(self, name: str, declared: int) -> None:
        """Count a file before it is read."""
        self.files += 1
        if self.files > MAX_FILES:
            raise UnusableBundle(f"The archive has more than {MAX_FILES} files.")
        if not 0 <= declared <= MAX_FILE:
            raise UnusableBundle(
                f"{printable(name)} has {declared:,} bytes unpacked: at most "
                f"{MAX_FILE // MIB} MB are accepted for one file."
            )

    def check_total(self, total: int) -> None:
        """Refuse when so many bytes have come out of the archive."""
        if total > MAX_UNPACKED:
            raise UnusableBundle(
                f"The archive unpacks to more than {MAX_UNPACKED // MIB} MB.", _BOMB
            )
        if total > RATIO_FROM and total > MAX_RATIO * max(1, self.packed):
            raise UnusableBundle(
                f"The archive unpacks to more than {MAX_RATIO} times its size.", _BOMB
            )

    def count_bytes(self, size: int) -> None:
        """Count bytes of a file as they are read."""
        self.unpacked += size
        self.check_total(self.unpacked)


_BOMB = "That is not a build of the frontend. Find out where the file comes from."


def printable(name: str) -> str:
    """Return a name out of an archive as a message may show it."""
    return (name if name.isprintable() else ascii(name))[:200]


def format_of(head: bytes) -> str:
    """Return zip, tgz or tar by the first bytes of a file; nothing when it is something else."""
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:3] == b"\x1f\x8b\x08":
        return "tgz"
    return "tar" if head[257:262] == b"ustar" else ""


def entries(archive: IO[bytes], size: int) -> Iterator[ArchiveEntry]:
    """Yield the files of a seekable archive one by one; folders are passed over.

    Raises UnusableBundle for anything but plain files and folders, for what is damaged, and past a
    limit.
    """
    archive.seek(0)
    kind = format_of(archive.read(512))
    if not kind:
        raise UnusableBundle(
            "The file is not a zip, tar or tar.gz.",
            "Pack the build's folder `dist` as a zip and upload that.",
        )
    archive.seek(0)
    unpack = _zip if kind == "zip" else _tar
    try:
        yield from unpack(archive, UnpackBudget(size))
    except RecursionError as error:
        raise UnusableBundle(
            "The archive's headers refer to each other without end.", _BOMB
        ) from error
    except _UNREADABLE as error:
        words = (
            f"The archive cannot be read to its end ({type(error).__name__}): it is damaged, "
            "encrypted or was cut off."
        )
        raise UnusableBundle(words) from error


def _zip(archive: IO[bytes], budget: UnpackBudget) -> Iterator[ArchiveEntry]:
    _check_directory(archive, budget.packed)
    with zipfile.ZipFile(archive) as packed:
        for item in packed.infolist():
            mode = item.external_attr >> 16
            if item.is_dir():
                continue
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise UnusableBundle(_not_plain(item.filename))
            if item.flag_bits & 1:
                raise UnusableBundle(f"{printable(item.filename)} is encrypted.")
            budget.count_file(item.filename, item.file_size)
            with packed.open(item) as content:
                yield ArchiveEntry(item.filename, _read(content, item.filename, budget))


def _check_directory(archive: IO[bytes], size: int) -> None:
    """Refuse a zip whose directory alone would fill the memory: it is read whole when the zip
    is opened.
    """
    tail = min(size, 65_536 + 22)
    archive.seek(size - tail)
    end = archive.read(tail)
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 22:
        raise zipfile.BadZipFile("no directory")
    if at >= 20 and end[at - 20 : at - 16] == b"PK\x06\x07":
        raise UnusableBundle(
            "The zip is of the kind for more than 4 GB (zip64).",
            "Pack it with an ordinary zip program.",
        )
    if int.from_bytes(end[at + 12 : at + 16], "little") > MAX_FILES * _DIRECTORY_ENTRY:
        raise UnusableBundle(f"The archive has more than {MAX_FILES} files.")
    archive.seek(0)


class _Bounded:
    """An unpacked stream that refuses to be read past the budget, or by a header that is too
    long.
    """

    def __init__(self, inner: Any, budget: UnpackBudget) -> None:
        self._inner, self._budget = inner, budget

    def read(self, size: int) -> bytes:
        if not 0 <= size <= MAX_HEADER:
            raise UnusableBundle("The archive has a header of more than 1 MB.", _BOMB)
        piece: bytes = self._inner.read(size)
        self._budget.check_total(self._inner.tell())
        return piece

    def seek(self, position: int) -> int:
        """Move forward."""
        self._budget.check_total(position)
        return int(self._inner.seek(position))

    def tell(self) -> int:
        """Return the position."""
        return int(self._inner.tell())


def _tar(archive: IO[bytes], budget: UnpackBudget) -> Iterator[ArchiveEntry]:
    zipped = archive.read(2) == b"\x1f\x8b"
    archive.seek(0)
    inner: Any = gzip.GzipFile(fileobj=archive) if zipped else archive
    bounded: Any = _Bounded(inner, budget)
    with tarfile.TarFile(fileobj=bounded) as packed:
        for item in packed:
            if item.isdir():
                continue
            if not item.isreg() or item.issparse():
                raise UnusableBundle(_not_plain(item.name))
            budget.count_file(item.name, item.size)
            content = packed.extractfile(item)
            if content is not None:
                yield ArchiveEntry(item.name, _read(content, item.name, budget))
        _check_end(bounded, packed.offset)
    while zipped and inner.read(CHUNK):  # to its end, where the checksum is
        budget.check_total(inner.tell())


def _check_end(bounded: _Bounded, position: int) -> None:
    """A tar ends with blocks of zeros; the library takes damage, or a missing rest, for the
    end too.
    """
    bounded.seek(position)
    if bounded.read(512) != bytes(512):
        raise EOFError("no end mark")


def _read(content: IO[bytes], name: str, budget: UnpackBudget) -> bytes:
    """Read one file in pieces: its declared size is not trusted."""
    pieces: list[bytes] = []
    length = 0
    while piece := content.read(CHUNK):
        length += len(piece)
        if length > MAX_FILE:
            raise UnusableBundle(
                f"{printable(name)} unpacks to more than {MAX_FILE // MIB} MB.", _BOMB
            )
        budget.count_bytes(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


def _not_plain(name: str) -> str:
    return f"{printable(name)} is a link or a device: only plain files and folders are taken."
