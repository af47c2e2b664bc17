"""Starts the parts of a sandbox, watches them, stops them in order."""

import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from sandbox import leftovers
from sandbox.parts import Part
from sandbox.trouble import Trouble

_RESTARTS, _WITHIN_SECONDS = 3, 60.0
_READY_SECONDS = 60.0
_TAIL_LINES = 15


class Stopping(Exception):
    """Somebody asked the sandbox to stop."""


class Supervisor:
    """Owns the parts it has started; progress goes to standard error, so that standard output stays
    for machines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waves: list[list[Part]] = []
        self._restarts: dict[str, deque[float]] = {}
        self._asked = threading.Event()

    def listen(self) -> None:
        """Stop on Ctrl-C, on SIGTERM and when the terminal closes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def start(self, *parts: Part) -> None:
        """Start parts side by side and wait until each is ready; say what, where and how long."""
        began = time.monotonic()
        wave: list[Part] = []
        self.waves.append(wave)
        for part in parts:
            self._check_asked()
            wave.append(part)
            part.start()
        waiting = list(wave)
        while waiting:
            self._check_asked()
            for part in [part for part in waiting if part.ready()]:
                waiting.remove(part)
                say_part(part, "ready", began)
            _check_start(waiting, began)
            self._asked.wait(0.05)

    def run(self, part: Part) -> None:
        """Run a part that ends by itself; anything but success is trouble."""
        began = time.monotonic()
        self.waves.append([part])
        part.start()
        while part.ended() is None:
            self._check_asked()
            self._asked.wait(0.05)
        self.waves.pop()
        if part.ended():
            raise Trouble(f"{part.name} failed; the end of {part.log}:\n{tail(part.log)}")
        say_part(part, "done", began)

    def watch(self) -> None:
        """Keep the parts running until somebody asks to stop; a part that keeps dying is
        trouble.
        """
        while not self._asked.wait(0.5):
            for part in self._parts():
                if part.ended() is not None:
                    self._restart(part)

    def stop(self) -> None:
        """Stop the parts in the reverse order of their start, those of one wave side by side."""
        for wave in reversed(self.waves):
            began = time.monotonic()
            for part in wave:
                part.ask_to_stop()
            for part in wave:
                part.stop()
                say_part(part, "stopped", began)
        self.waves.clear()
        leftovers.stop(self.folder)

    def _parts(self) -> Iterator[Part]:
        return (part for wave in self.waves for part in wave)

    def _check_asked(self) -> None:
        if self._asked.is_set():
            raise Stopping

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked.set()

    def _restart(self, part: Part) -> None:
        times = self._restarts.setdefault(part.name, deque())
        moment = time.monotonic()
        while times and moment - times[0] > _WITHIN_SECONDS:
            times.popleft()
        if len(times) == _RESTARTS:
            raise Trouble(
                f"{part.name} died {_RESTARTS + 1} times in a minute; the end of"
                f" {part.log}:\n{tail(part.log)}"
            )
        times.append(moment)
        say(
            f"  {part.name} died (exit {part.ended()}); starting it again ({len(times)} of"
            f" {_RESTARTS} in a minute)"
        )
        leftovers.stop(self.folder, part.name)
        part.start()


def say(line: str) -> None:
    """Tell the person in front of the terminal."""
    print(line, file=sys.stderr, flush=True)


def say_part(part: Part, what: str, began: float) -> None:
    """Tell how a part is doing, in one line."""
    say(
        f"  {part.name:<10} {what:<8} {time.monotonic() - began:5.1f} s "
        f" {part.address if what != 'stopped' else ''}".rstrip()
    )


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  | {line}" for line in lines[-_TAIL_LINES:])


def _check_start(waiting: Sequence[Part], began: float) -> None:
    for part in waiting:
        if part.ended() is not None:
            raise Trouble(
                f"{part.name} ended at start (exit {part.ended()}); the end of"
                f" {part.log}:\n{tail(part.log)}"
            )
        if time.monotonic() - began > _READY_SECONDS:
            raise Trouble(
                f"{part.name} does not answer after {_READY_SECONDS:.0f} s; the end of"
                f" {part.log}:\n{tail(part.log)}"
            )
