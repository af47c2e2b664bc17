"""Which computations are under way in the application, asked of its own API: the only place that knows."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.lib.http import Client, NoReply
from releases.smoke.client import Credentials

UNDER_WAY = ("queued", "running")
STUCK = timedelta(hours=1)  # the application's queue can lose a run, which then stays queued for good: nobody waits for that
MOST_EXAMS = 200
LOOK_SECONDS = 20.0
TIMEOUT_SECONDS = 5.0
EXAM = "/api/v1/exams/{}"


class Unseen(Exception):
    """The application did not tell: the text says why."""


@dataclass(frozen=True)
class Run:
    """One computation that has not ended."""

    exam: str
    run: str
    status: str
    since: datetime

    def words(self, now: datetime) -> str:
        """Name the run as a person would look for it."""
        minutes = max(0, int((now - self.since).total_seconds() // 60))
        return f"run {self.run[:8]} of exam {self.exam} ({self.status} for {minutes} min)"


def under_way(rows: Iterable[Mapping[str, Any]], exam: str, now: datetime) -> tuple[list[Run], list[Run]]:
    """Return the runs that somebody may be computing, and those that are stuck: queued or running for too long."""
    found = [
        Run(exam, str(row.get("run_id")), str(row["status"]), _moment(row.get("created_at"), now))
        for row in rows
        if row.get("status") in UNDER_WAY
    ]
    return [run for run in found if now - run.since <= STUCK], [run for run in found if now - run.since > STUCK]


class Look:
    """One look at all exams of all courses, the newest first, within a time limit."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._client, self._credentials = Client(url), credentials
        self._ends = time.monotonic() + LOOK_SECONDS

    def runs(self, now: datetime) -> tuple[list[Run], list[Run]]:
        """Return what is under way and what is stuck; raise Unseen when the application does not tell."""
        moving: list[Run] = []
        stuck: list[Run] = []
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
            raise Unseen(f"the application did not list its runs within {LOOK_SECONDS:g} s")
        headers = {"Authorization": self._credentials.header, "X-Request-ID": "portal-drain"}
        try:
            reply = self._client.send("GET", path, headers=headers, body=None, timeout=TIMEOUT_SECONDS)
        except NoReply as error:
            raise Unseen(f"the application does not tell what is being computed: {error}") from error
        if reply.status != 200 or not isinstance(reply.data, list):
            raise Unseen(f"the application does not tell what is being computed: {path} answers {reply.status}")
        return reply.data


def _moment(text: Any, now: datetime) -> datetime:
    """Read a time as the application writes it: UTC without a zone. What cannot be read counts as new."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return now
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
