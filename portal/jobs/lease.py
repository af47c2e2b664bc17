"""Which worker has a job: claim, renewal, fence, reclaim, all by the clock of the database."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from portal.audit.verbs import Outcome, Verb
from portal.jobs.interrupts import Cancelled, Fenced
from portal.jobs.kinds import runnable_kinds
from portal.jobs.models import Job
from portal.jobs.models.job_sets import MOST_CRASHES
from portal.jobs.states import ACTIVE, JobState
from portal.lib.clock import steady_seconds

log = logging.getLogger(__name__)

_POSSIBLE = """
    state = ANY(%(active)s) AND lease_until IS NULL AND next_wake_at <= clock_timestamp()
        AND EXISTS (SELECT FROM unnest(%(kinds)s::text[], %(versions)s::int[]) AS k (name, version)
                    WHERE k.name = jobs_job.kind AND k.version >= jobs_job.code_version)"""
# What changes an environment comes first, then what people ordered. Each of the two is locked with
# its own limit: rows that another session holds are skipped before they count.
_CLAIM = f"""
WITH changing AS (
    SELECT id, state AS was FROM jobs_job WHERE mutating AND {_POSSIBLE}
    ORDER BY next_wake_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), others AS (
    SELECT id, state AS was FROM jobs_job WHERE NOT mutating AND {_POSSIBLE}
    ORDER BY actor LIKE 'system:%%', next_wake_at LIMIT %(others)s FOR UPDATE SKIP LOCKED
), due AS (
    SELECT * FROM (SELECT 1 AS rank, * FROM changing UNION ALL SELECT 2, * FROM others) AS found
    ORDER BY rank LIMIT %(most)s
)
UPDATE jobs_job AS j SET
    epoch = j.epoch + 1, owner = %(owner)s,
    lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    started_at = coalesce(j.started_at, clock_timestamp()),
    deadline_at = coalesce(
        j.deadline_at, clock_timestamp() + make_interval(secs => j.deadline_seconds)),
    state = CASE WHEN j.state IN ('cancelling', 'compensating') THEN j.state
                 WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelling' ELSE 'running' END
FROM due WHERE j.id = due.id RETURNING j.*, due.was, clock_timestamp() AS claimed_at
"""  # noqa: S608 - a constant is put in
_RECLAIM = """
WITH dead AS (
    SELECT id FROM jobs_job WHERE state = ANY(%(active)s) AND lease_until < clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
UPDATE jobs_job AS j SET
    epoch = j.epoch + 1, owner = '', lease_until = NULL, crash_count = j.crash_count + 1,
    next_wake_at = j.lease_until + make_interval(
        secs => (%(delays)s::float8[])[least(j.crash_count + 1, %(most_delays)s)] - %(lease)s)
FROM dead WHERE j.id = dead.id RETURNING j.*
"""
# A job whose row somebody holds is left out, so that it costs no other job its lease.
_RENEW = """
WITH ours AS (
    SELECT j.id FROM jobs_job AS j JOIN unnest(%s::uuid[], %s::int[]) AS held (id, epoch)
        ON j.id = held.id AND j.epoch = held.epoch WHERE j.lease_until IS NOT NULL
), free AS (
    SELECT j.id FROM jobs_job AS j JOIN ours ON ours.id = j.id FOR NO KEY UPDATE OF j SKIP LOCKED
), renewed AS (
    UPDATE jobs_job AS j SET lease_until = clock_timestamp() + make_interval(secs => %s)
    FROM free, unnest(%s::uuid[], %s::int[]) AS held (id, epoch)
    WHERE j.id = free.id AND j.id = held.id AND j.epoch = held.epoch AND j.lease_until IS NOT NULL
    RETURNING j.id, j.cancel_requested_at IS NOT NULL AS cancel
)
SELECT ours.id, renewed.id IS NOT NULL, coalesce(renewed.cancel, false)
FROM ours LEFT JOIN renewed ON renewed.id = ours.id
"""
# A statement is written together with the proof that the job is still ours. The lock is the weakest
# one: the steps of one job do not queue for each other, and the renewal of the lease not for them;
# what takes the job away, or gives it back, locks FOR UPDATE and so does not overtake a write.
_FENCED = """
WITH held AS MATERIALIZED (
    SELECT id, cancel_requested_at IS NOT NULL AS cancel,
           (cancel_requested_at IS NULL OR %(despite_cancel)s) AS go{not_durable}
    FROM jobs_job WHERE id = %(job)s AND epoch = %(epoch)s AND lease_until IS NOT NULL FOR KEY SHARE
), audited AS MATERIALIZED (
    SELECT public.audit_append(
        a.actor, a.verb, a.subject, a.environment, a.outcome, a.job, a.request_id, a.detail)
    FROM held, jsonb_to_recordset(%(audit)s) AS a (
        actor text, verb text, subject text, environment text, outcome text, job text,
        request_id text, detail text)
    WHERE held.go
), written AS ({statement})
SELECT held.cancel, held.go, (SELECT max(id) FROM written), (SELECT count(*) FROM audited) FROM held
"""
_NOT_DURABLE = ", set_config('synchronous_commit', 'off', true)"


@dataclass(slots=True)
class Lease:
    """Our claim on one job: safe for two thirds of its seconds after the last renewal.

    Measured by a clock of this machine that cannot be set back and that a suspend does not stop.
    """

    job: Job
    epoch: int
    lease_seconds: float
    claimed_at: datetime
    renewed: float
    began: float = field(default_factory=steady_seconds)
    cancel: bool = False
    lost: bool = False

    def now(self) -> datetime:
        """Return the present moment by the clock of the database, without asking it."""
        return self.claimed_at + timedelta(seconds=steady_seconds() - self.began)

    @property
    def safe(self) -> bool:
        """Say whether a call to OCI may begin: no other worker can have taken the job over."""
        return not self.lost and steady_seconds() - self.renewed < self.lease_seconds * 2 / 3

    def check(self) -> None:
        """Raise Fenced when the lease is not safe any more."""
        if not self.safe:
            raise Fenced

    def write(
        self,
        statement: str,
        values: Mapping[str, Any],
        *,
        audit: Sequence[dict[str, str]] = (),
        durable: bool = True,
        despite_cancel: bool = True,
    ) -> int | None:
        """Write something about the job and its audit rows in one statement; raise Fenced if lost.

        The statement changes rows `FROM held` and returns ids. Without `despite_cancel` nothing is
        written once a cancel was asked for: Cancelled is raised. Without `durable` the commit does
        not wait for the disk: for what the next durable commit of the job carries along.
        """
        sql = _FENCED.format(statement=statement, not_durable="" if durable else _NOT_DURABLE)
        fence: dict[str, Any] = {"job": self.job.pk, "epoch": self.epoch}
        fence |= {"despite_cancel": despite_cancel, "audit": json.dumps(list(audit))}
        with connection.cursor() as cursor:
            cursor.execute(sql, {**values, **fence})
            found = cursor.fetchone()
        if found is None:
            self.lost = True
            raise Fenced
        self.cancel = self.cancel or found[0]
        if not found[1]:
            raise Cancelled
        return int(found[2]) if found[2] is not None else None


def claim(owner: str, *, most: int, lease_seconds: float, others: int | None = None) -> list[Lease]:
    """Take up to `most` due jobs of the kinds and versions that this process has.

    Of those that change no environment at most `others`, or as many as the rest.
    """
    began, kinds = steady_seconds(), runnable_kinds()
    values = {
        "active": sorted(ACTIVE),
        "kinds": list(kinds),
        "versions": list(kinds.values()),
        "most": most,
        "others": most if others is None else others,
        "owner": owner,
        "lease": lease_seconds,
    }
    with transaction.atomic():
        jobs = list(Job.objects.raw(_CLAIM, values))
        for job in jobs:
            quiet = job.is_quiet and not job.crash_count
            if job.__dict__["was"] != JobState.WAITING and not quiet:
                job.audit(
                    Verb.JOB_CLAIMED,
                    job.as_actor,
                    owner=owner,
                    epoch=job.epoch,
                    crashes=job.crash_count,
                )
    return [
        Lease(
            job,
            job.epoch,
            lease_seconds,
            job.__dict__["claimed_at"],
            renewed=began,
            cancel=job.cancel_requested_at is not None,
        )
        for job in jobs
    ]


def reclaim(lease_seconds: float) -> list[Job]:
    """Take the jobs of dead workers away from them and return them.

    Each is due again after a growing delay since the last renewal, or parked after the fifth death.
    """
    delays = settings.JOB_CRASH_DELAYS
    values = {
        "active": sorted(ACTIVE),
        "delays": delays,
        "most_delays": len(delays),
        "lease": lease_seconds,
    }
    with transaction.atomic():
        jobs = list(Job.objects.raw(_RECLAIM, values))
        for job in jobs:
            detail = {"lease": "expired", "crashes": job.crash_count}
            job.audit(Verb.JOB_STATE, "system:sweep", outcome=Outcome.UNKNOWN, **detail)
            if job.crash_count >= MOST_CRASHES:
                _park_crashed(job)
    return jobs


def _park_crashed(job: Job) -> None:
    """Park it; one that cannot be parked does not keep the others from being reclaimed."""
    try:
        with transaction.atomic():
            job.park_crashed()
    except DatabaseError:
        log.exception("job %s, whose workers died, could not be parked", job.pk)


def renew(leases: Iterable[Lease]) -> None:
    """Renew the leases; what is not ours any more is marked lost.

    One whose row is being written, such as at the job's end, keeps the time that it has.
    """
    held = {lease.job.pk: lease for lease in leases}
    if not held:
        return
    began = steady_seconds()
    seconds = next(iter(held.values())).lease_seconds
    keys: list[Any] = [list(held), [lease.epoch for lease in held.values()]]
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [*keys, seconds, *keys])
        found = {pk: (renewed, cancel) for pk, renewed, cancel in cursor.fetchall()}
    for pk, lease in held.items():
        if pk not in found:
            lease.lost = True
            continue
        renewed, cancel = found[pk]
        if renewed:
            lease.renewed, lease.cancel = began, lease.cancel or cancel
