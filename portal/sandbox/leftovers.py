"""Finds the processes of a sandbox, also those whose parent was killed."""

from pathlib import Path

import psutil

MARK = "PORTAL_SANDBOX_PART_OF"  # every part is started with it, so every process that a part starts inherits it


def mark(folder: Path, part: str) -> dict[str, str]:
    """Return the variable that tells the processes of a part from all others."""
    return {MARK: f"{folder}:{part}"}


def of(folder: Path, part: str = "") -> list[psutil.Process]:
    """Return the processes of a sandbox, or of one of its parts."""
    return [process for process in psutil.process_iter() if _mark(process).startswith(f"{folder}:{part}")]


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


def _signal(process: psutil.Process, *, gently: bool) -> None:
    try:
        process.terminate() if gently else process.kill()
    except psutil.NoSuchProcess:
        return
