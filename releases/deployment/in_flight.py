"""Which computations are under way in the application, read from its own API."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.lib.http import Client, NoReply
from releases.smoke.client import Credentials

UNDER_WAY = ("queued", "running")
STUCK = timedelta(
    hours=1
)  # the application's queue can lose a run, which then stays queued for good: it is not waited for
MOST_EXAMS = 200
LIST_SECONDS = 20.0
TIMEOUT_SECONDS = 5.0
EXAM = "/api/v1/exams/{}"


class Unreadable(Exception):
    """The application did not list its runs: the text says why."""


@dataclass(frozen=True)
class ComputeRun:
    """One computation that has not ended."""

    exam: str
    run: str
    status: str
    since: datetime

    def describe(self, now: datetime) -> str:
        """Name the run as a person would look for it."""
        minutes = max(0, int((now - self.since).total_seconds() // 60))
        return f"run {self.run[:8]} of exam {self.exam} ({self.status} for {minutes} min)"


def under_way(
    rows: Iterable[Mapping[str, Any]], exam: str, now: datetime
) -> tuple[list[ComputeRun], list[ComputeRun]]:
    """Return the runs that are being computed, and those that are stuck."""
    found = [
        ComputeRun(
            exam, str(row.get("run_id")), str(row["status"]), _moment(row.get("created_at"), now)
        )
        for row in rows
        if row.get("status") in UNDER_WAY
    ]
    return [run for run in found if now - run.since <= STUCK], [
        run for run in found if now - run.since > STUCK
    ]


class RunList:
    """The runs of all exams of all courses, the newest first, read once within a time limit."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._client, self._credentials = Client(url), credentials
        self._ends = time.monotonic() + LIST_SECONDS

    def read(self, now: datetime) -> tuple[list[ComputeRun], list[ComputeRun]]:
        """Return what is under way and what is stuck; raise Unreadable when it cannot be listed."""
        moving: list[ComputeRun] = []
        stuck: list[ComputeRun] = []
        for exam in self._exams():
            one, other = under_way(self._list(f"{EXAM.format(exam)}/compute/runs"), exam, now)
            moving, stuck = moving + one, stuck + other
        return moving, stuck

    def _exams(self) -> list[str]:
        found: list[tuple[str, str]] = []
        for course in self._list("/api/v1/courses"):
            rows = self._list(f"/api/v1/courses/{course['id']}/exams")
            found += [(str(row.get("created_at") or ""), str(row["id"])) for row in rows]
        return [exam for _, exam in sorted(found, reverse=True)[:MOST_EXAMS]]

    def _list(self, path: str) -> list[dict[str, Any]]:
        if time.monotonic() > self._ends:
            raise Unreadable(f"the application did not list its runs within {LIST_SECONDS:g} s")
        headers = {"Authorization": self._credentials.header, "X-Request-ID": "portal-drain"}
        try:
            reply = self._client.send(
                "GET", path, headers=headers, body=None, timeout=TIMEOUT_SECONDS
            )
        except NoReply as error:
            raise Unreadable(
                f"the application does not list what is being computed: {error}"
            ) from error
        if reply.status != 200 or not isinstance(reply.data, list):
            raise Unreadable(
                f"the application does not list what is being computed: {path} answers "
                f"{reply.status}"
            )
        return reply.data


def _moment(text: Any, now: datetime) -> datetime:
    """Read the application's UTC without a zone; what cannot be read counts as new."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return now
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
