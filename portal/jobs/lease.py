"""Who holds a job: claim, renewal, fence, hand-back, all by the clock of the database."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from portal.audit.verbs import Outcome, Verb
from portal.jobs.interrupts import Cancelled, Fenced
from portal.jobs.kinds import runnable_kinds
from portal.jobs.models import Job
from portal.jobs.states import ACTIVE, State

MOST_CRASHES = 5

_DUE = """
WITH due AS (
    SELECT id, state AS was FROM jobs_job
    WHERE state = ANY(%(active)s) AND lease_until IS NULL AND next_wake_at <= clock_timestamp()
        AND EXISTS (SELECT FROM unnest(%(kinds)s::text[], %(versions)s::int[]) AS k (name, version)
                    WHERE k.name = jobs_job.kind AND k.version >= jobs_job.code_version)
    ORDER BY mutating DESC, next_wake_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE jobs_job AS j SET
    epoch = j.epoch + 1, owner = %(owner)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    started_at = coalesce(j.started_at, clock_timestamp()),
    deadline_at = coalesce(j.deadline_at, clock_timestamp() + make_interval(secs => j.deadline_seconds)),
    state = CASE WHEN j.state IN ('cancelling', 'compensating') THEN j.state
                 WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelling' ELSE 'running' END
FROM due WHERE j.id = due.id RETURNING j.*, due.was, clock_timestamp() AS claimed_at
"""
_CRASHED = """
WITH dead AS (
    SELECT id FROM jobs_job WHERE state = ANY(%(active)s) AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED
)
UPDATE jobs_job AS j SET
    epoch = j.epoch + 1, owner = '', lease_until = NULL, crash_count = j.crash_count + 1,
    next_wake_at = j.lease_until
        + make_interval(secs => (%(delays)s::float8[])[least(j.crash_count + 1, %(most_delays)s)] - %(lease)s)
FROM dead WHERE j.id = dead.id RETURNING j.*
"""
_RENEW = """
UPDATE jobs_job AS j SET lease_until = clock_timestamp() + make_interval(secs => %s)
FROM unnest(%s::uuid[], %s::int[]) AS held (id, epoch)
WHERE j.id = held.id AND j.epoch = held.epoch AND j.lease_until IS NOT NULL
RETURNING j.id, j.cancel_requested_at IS NOT NULL
"""
# What is written together with the proof that the job is still ours. A share lock, so that the steps of one job do not queue
# for each other; a claim or a renewal waits for it.
_HELD = """
WITH held AS MATERIALIZED (
    SELECT id, cancel_requested_at IS NOT NULL AS cancel, (cancel_requested_at IS NULL OR %(anyway)s) AS go{soon}
    FROM jobs_job WHERE id = %(job)s AND epoch = %(epoch)s AND lease_until IS NOT NULL FOR SHARE
), told AS MATERIALIZED (
    SELECT public.audit_append(t.actor, t.verb, t.subject, t.environment, t.outcome, t.job, t.request_id, t.detail)
    FROM held, jsonb_to_recordset(%(told)s) AS t (
        actor text, verb text, subject text, environment text, outcome text, job text, request_id text, detail text)
    WHERE held.go
), written AS ({statement})
SELECT held.cancel, held.go, (SELECT max(id) FROM written), (SELECT count(*) FROM told) FROM held
"""
_SOON = ", set_config('synchronous_commit', 'off', true)"


@dataclass(slots=True)
class Hold:
    """Our claim on one job. It is good for two thirds of the lease after the last renewal, by a clock that only goes forward."""

    job: Job
    epoch: int
    lease_seconds: float
    claimed_at: datetime
    renewed: float
    began: float = field(default_factory=time.monotonic)
    cancel: bool = False
    lost: bool = False

    def now(self) -> datetime:
        """Return the present moment by the clock of the database, without asking it."""
        return self.claimed_at + timedelta(seconds=time.monotonic() - self.began)

    @property
    def safe(self) -> bool:
        """Say whether a call to OCI may begin: nobody else can have taken the job over."""
        return not self.lost and time.monotonic() - self.renewed < self.lease_seconds * 2 / 3

    def check(self) -> None:
        """Raise Fenced when the hold is not safe any more."""
        if not self.safe:
            raise Fenced

    def write(
        self,
        statement: str,
        values: dict[str, Any],
        *,
        told: Sequence[dict[str, str]] = (),
        durable: bool = True,
        anyway: bool = True,
    ) -> int | None:
        """Write something about the job with the audit rows that tell of it, in one statement; raise Fenced if it is lost.

        The statement changes rows `FROM held` and returns ids. Without `anyway` nothing is written once a cancel was asked
        for: Cancelled is raised. Without `durable` the commit does not wait for the disk: for what the next durable commit
        of the job carries along.
        """
        sql = _HELD.format(statement=statement, soon="" if durable else _SOON)
        more: dict[str, Any] = {"job": self.job.pk, "epoch": self.epoch, "anyway": anyway, "told": json.dumps(list(told))}
        with connection.cursor() as cursor:
            cursor.execute(sql, {**values, **more})
            found = cursor.fetchone()
        if found is None:
            self.lost = True
            raise Fenced
        self.cancel = self.cancel or found[0]
        if not found[1]:
            raise Cancelled
        return int(found[2]) if found[2] is not None else None


def claim(owner: str, *, most: int, lease_seconds: float) -> list[Hold]:
    """Take up to so many due jobs. What this process cannot run, or has older code for, is left to a worker that can."""
    began, kinds = time.monotonic(), runnable_kinds()
    names: dict[str, Any] = {"kinds": list(kinds), "versions": list(kinds.values())}
    values = {"active": sorted(ACTIVE), "most": most, "owner": owner, "lease": lease_seconds, **names}
    with transaction.atomic():
        jobs = list(Job.objects.raw(_DUE, values))
        for job in jobs:
            if job.__dict__["was"] != State.WAITING:
                job.told(Verb.JOB_CLAIMED, job.as_actor, owner=owner, epoch=job.epoch, crashes=job.crash_count)
    return [
        Hold(job, job.epoch, lease_seconds, job.__dict__["claimed_at"], renewed=began, cancel=job.cancel_requested_at is not None)
        for job in jobs
    ]


def bury_crashed(lease_seconds: float) -> list[Job]:
    """Take the jobs of dead workers from them: each is due again after a growing delay, or parked after the fifth death."""
    delays = settings.JOB_CRASH_DELAYS
    values = {"active": sorted(ACTIVE), "delays": delays, "most_delays": len(delays), "lease": lease_seconds}
    with transaction.atomic():
        jobs = list(Job.objects.raw(_CRASHED, values))
        for job in jobs:
            job.told(Verb.JOB_STATE, "system:sweep", outcome=Outcome.UNKNOWN, lease="expired", crashes=job.crash_count)
            if job.crash_count >= MOST_CRASHES:
                job.park_crashed()
    return jobs


def renew(holds: Iterable[Hold]) -> None:
    """Renew the leases of all holds in one statement; what is not ours any more is marked lost."""
    held = {hold.job.pk: hold for hold in holds}
    if not held:
        return
    began = time.monotonic()
    lease = next(iter(held.values())).lease_seconds
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [lease, list(held), [hold.epoch for hold in held.values()]])
        renewed = dict(cursor.fetchall())
    for pk, hold in held.items():
        if pk in renewed:
            hold.renewed, hold.cancel = began, hold.cancel or renewed[pk]
        else:
            hold.lost = True
