"""The ledger of steps."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from portal.jobs.models.job import Job
from portal.jobs.states import StepState

# Written through a hold on the job, which has the proof of it as `held`; any number of steps in one statement.
SAVE = """
    UPDATE jobs_steprow AS s SET
        state = v.state, attempts = v.attempts, backoff = v.backoff, started_at = v.started_at, ended_at = v.ended_at,
        wake_at = v.wake_at, result = v.result, memo = v.memo, note = v.note, error = v.error, next_step = v.next_step
    FROM held, jsonb_to_recordset(%(rows)s) AS v (
        id bigint, state text, attempts int, backoff float8, started_at timestamptz, ended_at timestamptz,
        wake_at timestamptz, result jsonb, memo jsonb, note text, error text, next_step text)
    WHERE s.id = v.id RETURNING s.id"""
RENAME = """
    UPDATE jobs_steprow AS s SET name = v.name FROM held, jsonb_to_recordset(%(rows)s) AS v (id bigint, name text)
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


def in_json(rows: Iterable[StepRow]) -> str:
    """Return the rows as the statement above takes them."""
    values = [{name: getattr(row, name) for name in _SAVED} for row in rows]
    return json.dumps(values, default=_spelt).replace("\\u0000", "\\ufffd")  # PostgreSQL keeps no NUL in text


def _spelt(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class StepRow(models.Model):
    """Where one step of a job stands, and what it left."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="step_rows")
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    position = models.IntegerField()
    undo = models.BooleanField(default=False, help_text="Part of the compensation.")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in StepState], default=StepState.PENDING)
    attempts = models.IntegerField(default=0, help_text="Tries that ended in an error; waiting is none.")
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
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="one_step_of_a_name_per_job")]

    def __str__(self) -> str:
        return self.label

    def begin(self, now: datetime) -> None:
        """It runs; its clock began with its first run."""
        self.state, self.started_at, self.wake_at = StepState.RUNNING, self.started_at or now, None

    def wait(self, until: datetime | None = None) -> None:
        """It waits for a moment, or for the next free hand."""
        self.state, self.wake_at = StepState.WAITING, until

    def end(self, state: StepState, now: datetime) -> None:
        """It is over."""
        self.state, self.ended_at = state, now

    def park(self) -> None:
        """It waits for an operator."""
        self.state = StepState.PARKED

    def ask_about(self, calls: Iterable[str]) -> None:
        """It waits for an operator, because the cancel stopped it before it found out about these calls."""
        self.park()
        self.error = f"The cancel stopped the step before it was known whether {', '.join(calls)} happened."
        self.next_step = (
            "Look in OCI for what it would have made or changed; resume the job, saying that it did not happen, or give it up."
        )

    def leave(self, now: datetime, note: str) -> None:
        """The code has no such step any more: it stays as it is, and what it remembered is kept for the compensation."""
        self.end(StepState.SKIPPED if self.state == StepState.PENDING else StepState.STOPPED, now)
        self.note, self.error, self.next_step = note, "", ""

    def as_dict(self) -> dict[str, Any]:
        """Return the step with its calls as JSON values."""
        plain = ["name", "label", "undo", "state", "attempts", "note", "error", "next_step"]
        moments = ["started_at", "ended_at", "wake_at"]
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: at.isoformat() if (at := getattr(self, name)) else None for name in moments},
            "calls": [call.as_dict() for call in self.calls.all()],
        }
