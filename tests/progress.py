"""Says how far a long run is: a line now and then instead of thousands of dots. Loaded by
`make test`.
"""

import time
from dataclasses import dataclass, field

import pytest

STEP_SECONDS = 10.0  # without a terminal; on one, the last line is written over


@dataclass
class Progress:
    """Counts results in the controller, or in the only process."""

    terminal: pytest.TerminalReporter
    began: float = field(default_factory=time.monotonic)
    said: float = 0.0
    total: int = 0
    done: int = 0
    failed: int = 0

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_setupnodes(self, specs: list[object]) -> None:
        self.terminal.write_line(
            f"{len(specs)} workers start; each finds the tests and migrates its own database"
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.collected(len(ids))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected(len(session.items))

    def collected(self, count: int) -> None:
        """Say once how many tests there are."""
        if count and not self.total:
            self.total = count
            self.terminal.write_line(f"{count} tests found in {self.elapsed()}")

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Let a passed test write nothing."""
        return ("passed", "", "") if report.when == "call" and report.passed else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed += 1
            self.terminal.write_line("")
            self.terminal.write_line(
                f"FAILED {report.nodeid} ({report.when}) after {self.elapsed()}", red=True
            )
        if report.when == "teardown":
            self.done += 1
            self.say()

    def say(self) -> None:
        """Tell the share, the time, the failures; at most every few seconds."""
        now, pause = time.monotonic(), 0.5 if self.terminal.isatty else STEP_SECONDS
        if now - self.said < pause and self.done != self.total:
            return
        self.said = now
        share = f"{100 * self.done // (self.total or self.done):3} %"
        line = f"{share}  {self.done} of {self.total} tests  {self.elapsed()}  {self.failed} failed"
        if self.terminal.isatty:
            self.terminal.rewrite(line, erase=True)
        else:
            self.terminal.write_line(line)

    def elapsed(self) -> str:
        """Return the time since the start."""
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin, except in a worker of xdist."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(config.pluginmanager.get_plugin("terminalreporter")))
