"""How the stub misbehaves when told to: by its image's tag at start, by a word in a file while it
runs.
"""

import os
import time
from pathlib import Path

MIGRATIONS = ("oneway", "failmigration", "left", "branches", "merged")
MODES = ("healthy", "errors", "slow", "unhealthy", "hang", "crash", *MIGRATIONS)
SLOW_SECONDS = 2.0
# a database that accepts and never answers keeps /health waiting this long (measured upstream)
HANG_SECONDS = 60.0
CRASH_CODE = 1


class Behaviour:
    """The mode in force now; the file, when it holds a word, wins over the mode of the image."""

    def __init__(self, mode: str = "healthy", file: Path | None = None) -> None:
        if mode not in MODES:
            raise ValueError(f"unknown behaviour {mode!r}; known: {', '.join(MODES)}")
        self._mode = mode
        self._file = file

    def mode(self) -> str:
        try:
            word = self._file.read_text().strip() if self._file else ""
        except OSError:
            word = ""
        return word if word in MODES else self._mode

    def before(self, path: str) -> str:
        """Act out what happens before any answer, then return the mode for the answer itself."""
        mode = self.mode()
        if mode == "crash":
            os._exit(CRASH_CODE)
        if mode == "hang":
            time.sleep(HANG_SECONDS)
        if mode == "slow" and path.startswith("/api/"):
            time.sleep(SLOW_SECONDS)
        return mode
