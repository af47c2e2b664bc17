"""The ledger of steps."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import models

from portal.jobs.definition import JsonObject
from portal.jobs.models.job import Job
from portal.jobs.states import StepState
from portal.lib.redact import redact_words

# Both are written through a lease (Lease.write), whose row of the job is `held`; any number of
# steps in one statement.
SAVE = """
    UPDATE jobs_steprow AS s SET
        state = v.state, attempts = v.attempts, backoff = v.backoff, started_at = v.started_at,
        ended_at = v.ended_at, wake_at = v.wake_at, result = v.result, memo = v.memo,
        note = v.note, error = v.error, next_step = v.next_step
    FROM held, jsonb_to_recordset(%(rows)s) AS v (
        id bigint, state text, attempts int, backoff float8, started_at timestamptz,
        ended_at timestamptz, wake_at timestamptz, result jsonb, memo jsonb, note text, error text,
        next_step text)
    WHERE s.id = v.id RETURNING s.id"""
RENAME = """
    UPDATE jobs_steprow AS s SET name = v.name
    FROM held, jsonb_to_recordset(%(rows)s) AS v (id bigint, name text)
    WHERE s.id = v.id RETURNING s.id"""
_SAVED = [
    "id",
    "state",
    "attempts",
    "backoff",
    "started_at",
    "ended_at",
    "wake_at",
    "result",
    "memo",
    "note",
    "error",
    "next_step",
]


def rows_json(rows: Iterable[StepRow]) -> str:
    """Return the rows as the statement above takes them."""
    values = [{name: _shown(name, getattr(row, name)) for name in _SAVED} for row in rows]
    text = json.dumps(values, default=_text)
    return text.replace("\\u0000", "\\ufffd")  # PostgreSQL stores no NUL in text


def _shown(name: str, value: object) -> object:
    return redact_words(value) if name in ("note", "error", "next_step") else value


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class StepRow(models.Model):
    """The state of one step of a job, and what it returned."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="step_rows")
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    position = models.IntegerField()
    undo = models.BooleanField(default=False, help_text="Part of the compensation.")
    state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value) for s in StepState],
        default=StepState.PENDING,
    )
    attempts = models.IntegerField(
        default=0, help_text="Tries that ended in an error; waiting is none."
    )
    backoff = models.FloatField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    memo = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    error = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    class Meta:
        ordering = ["undo", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "name"], name="one_step_of_a_name_per_job")
        ]

    def __str__(self) -> str:
        return self.label

    def begin(self, now: datetime) -> None:
        """Mark it as running; its time counts from its first run."""
        self.state, self.wake_at = StepState.RUNNING, None
        self.started_at = self.started_at or now

    def wait(self, until: datetime | None = None) -> None:
        """Mark it as waiting for a moment, or for the next worker."""
        self.state, self.wake_at = StepState.WAITING, until

    def end(self, state: StepState, now: datetime) -> None:
        """Mark it as ended in this state."""
        self.state, self.ended_at = state, now

    def park(self) -> None:
        """Mark it as waiting for an operator."""
        self.state = StepState.PARKED

    def ask_about(self, calls: Iterable[str]) -> None:
        """Park it because the cancel stopped it before it found out about these calls."""
        self.park()
        unknown = ", ".join(calls)
        self.error = f"The cancel stopped the step before it was known whether {unknown} happened."
        self.next_step = (
            "Look in OCI for what it would have made or changed. If it did not happen, resume the "
            "job and say so; otherwise abandon it."
        )

    def leave(self, now: datetime, note: str) -> None:
        """End it because the code has no such step; its memo is kept for the compensation."""
        self.end(StepState.SKIPPED if self.state == StepState.PENDING else StepState.STOPPED, now)
        self.note, self.error, self.next_step = note, "", ""

    def as_dict(self) -> JsonObject:
        """Return the step with its calls as JSON values."""
        plain = ["name", "label", "undo", "state", "attempts", "note", "error", "next_step"]
        times = {name: getattr(self, name) for name in ("started_at", "ended_at", "wake_at")}
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: at.isoformat() if at else None for name, at in times.items()},
            "calls": [call.as_dict() for call in self.calls.all()],
        }
