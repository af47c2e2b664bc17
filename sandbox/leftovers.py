"""Finds the processes of a sandbox, also those whose parent was killed."""

import json
from pathlib import Path

import psutil

MARK = "PORTAL_SANDBOX_PART_OF"


def mark(folder: Path, part: str) -> dict[str, str]:
    """Return the variable that a part is started with, and so every process that the part
    starts.
    """
    return {MARK: f"{folder}:{part}"}


def note(folder: Path, part: str, pid: int) -> None:
    """Write down the process of a part: some programs overwrite their environment, and with it the
    mark.
    """
    (folder / f"{part}.pid").write_text(json.dumps([pid, psutil.Process(pid).create_time()]))


def of(folder: Path, part: str = "") -> list[psutil.Process]:
    """Return the processes of a sandbox, or of one of its parts."""
    marked = {
        process
        for process in psutil.process_iter()
        if _mark(process).startswith(f"{folder}:{part}")
    }
    noted = {process for file in folder.glob(f"{part or '*'}.pid") if (process := _noted(file))}
    return list(marked | noted)


def stop(folder: Path, part: str = "", *, patience: float = 5.0) -> int:
    """Stop them, gently at first, and return how many there were."""
    found = of(folder, part)
    for process in found:
        _signal(process, gently=True)
    for process in psutil.wait_procs(found, timeout=patience)[1]:
        _signal(process, gently=False)
    psutil.wait_procs(found, timeout=patience)
    return len(found)


def _mark(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARK, ""))
    except (psutil.Error, OSError):  # gone meanwhile, or somebody else's
        return ""


def _noted(file: Path) -> psutil.Process | None:
    try:
        pid, created = json.loads(file.read_text())
        process = psutil.Process(pid)
        return (
            process if process.create_time() == created else None
        )  # else the number went to somebody else
    except (OSError, ValueError, psutil.Error):
        return None


def _signal(process: psutil.Process, *, gently: bool) -> None:
    try:
        process.terminate() if gently else process.kill()
    except psutil.NoSuchProcess:
        return
