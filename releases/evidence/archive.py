"""Writes a zip piece by piece: no clock, no machine, no compression in it, so the same files are the same bytes."""

import io
import zipfile
from collections.abc import Iterator, Mapping


class _Pipe(io.RawIOBase):
    """Collects what the zip writer writes, to be sent on."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: object) -> int:
        """Keep the bytes until they are taken."""
        piece = bytes(data)  # type: ignore[call-overload]
        self._held += piece
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        piece = bytes(self._held)
        self._held.clear()
        return piece


def stream(files: Mapping[str, bytes], *, folder: str) -> Iterator[bytes]:
    """Yield the bytes of a zip with these files in one folder."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}" if folder else name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            archive.writestr(entry, data)
            yield pipe.take()
    yield pipe.take()
