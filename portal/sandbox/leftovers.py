"""Finds the processes of a sandbox, also those whose parent was killed."""

from pathlib import Path

import psutil

MARK = "PORTAL_SANDBOX_PART_OF"  # every part is started with it, so every process that a part starts inherits it


def of(folder: Path) -> list[psutil.Process]:
    """Return the processes that carry the mark of a sandbox's folder."""
    return [process for process in psutil.process_iter() if _mark(process) == str(folder)]


def stop(folder: Path, *, patience: float = 5.0) -> int:
    """Stop them, gently at first, and return how many there were."""
    found = of(folder)
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


def _signal(process: psutil.Process, *, gently: bool) -> None:
    try:
        process.terminate() if gently else process.kill()
    except psutil.NoSuchProcess:
        return
