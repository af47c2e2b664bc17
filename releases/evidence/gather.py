"""Gathers what belongs to a deployment, as files: the same state, the same bytes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict

from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.canonical import canonical
from portal.lib.redact import redact
from releases.models import Deployment, Release, SmokeRun

AFTER = timedelta(minutes=10)  # rows about a job may follow its end
LOG = ("id", "instance", "container", "name", "exit_code", "saved_at")
PASSING = (
    "images_gone",
    "images_seen_at",
)  # what the portal saw of the registry last says nothing of the deployment


def files(deployment: Deployment) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of everything but the audit rows; the plan as exactly the bytes
    whose digest people agreed to.
    """
    release, jobs, runs = deployment.release, jobs_of(deployment), list(runs_of(deployment))
    yield "request.json", in_json(_request(release))
    yield "plan.json", canonical(release.plan)
    yield "approvals.json", in_json(_approvals(release))
    yield "digests.json", in_json(_digests(release))
    yield "deployment.json", in_json(_deployment(deployment))
    yield "smoke.json", in_json([_run(run) for run in runs])
    for job in jobs:
        yield f"jobs/{job.pk}.json", in_json(job.as_dict())
        yield f"jobs/{job.pk}.log", _log(job)
    logs = list(deployment.logs.order_by("id"))
    yield "logs/index.json", in_json([_described(log, LOG) for log in logs])
    for log in logs:
        yield f"logs/{log.pk}.txt", str(redact(log.text)).encode()


def jobs_of(deployment: Deployment) -> list[Job]:
    """Return the deployment's own job, and every rollback to it or from it."""
    back = Q(kind="releases.rollback") & (
        Q(spec__deployment=deployment.pk) | Q(spec__from__deployment=deployment.pk)
    )
    jobs = Job.objects.filter(environment=deployment.environment.slug).filter(
        back | Q(pk=deployment.job_id)
    )
    return list(jobs.order_by("created_at", "pk"))


def runs_of(deployment: Deployment) -> QuerySet[SmokeRun]:
    """Return the smoke tests that tested it."""
    return deployment.smoke_runs.select_related("version").order_by("id")


def rows_of(deployment: Deployment) -> QuerySet[Event]:
    """Return the sealed audit rows about the request, its decisions, its jobs, its tests; in
    the order of the trail.
    """
    jobs, release = jobs_of(deployment), deployment.release
    subjects = [release.subject, *(f"smoke_run:{run.pk}" for run in runs_of(deployment))]
    ends = [job.ended_at for job in jobs]
    rows = Event.objects.filter(
        environment=deployment.environment.slug, at__gte=release.requested_at - AFTER
    )
    if ends and all(ends):
        rows = rows.filter(at__lte=max(end for end in ends if end) + AFTER)
    mine = Q(subject__in=subjects) | Q(job__in=[str(job.pk) for job in jobs])
    return rows.filter(mine, seal__isnull=False).select_related("seal").order_by("seal__sequence")


def in_json(value: Any) -> bytes:
    """Return a value as JSON that people can read, what looks like a secret masked."""
    return (
        json.dumps(redact(value), indent=1, sort_keys=True, ensure_ascii=False, default=_spelt)
        + "\n"
    ).encode()


def _spelt(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _request(release: Release) -> dict[str, Any]:
    names = [
        "id",
        "version",
        "git_sha",
        "notes",
        "requested_at",
        "digest",
        "needed",
        "state",
        "decided_at",
        "reason",
    ]
    people = {
        "requested_by": release.requested_by.username,
        "decided_by": getattr(release.decided_by, "username", None),
    }
    return {**_described(release, names), **people, "environment": release.environment.slug}


def _approvals(release: Release) -> list[dict[str, Any]]:
    found = release.approvals.select_related("approver").order_by("id")
    return [
        {**_described(one, ("digest", "comment", "approved_at")), "approver": one.approver.username}
        for one in found
    ]


def _digests(release: Release) -> dict[str, str]:
    plan = release.parsed_plan
    images = {f"{role} image": image.digest for role, image in plan.images.items()}
    pages = {"frontend bundle": plan.bundle.digest} if plan.bundle else {}
    return {**images, "plan": release.digest, **pages}


def _deployment(deployment: Deployment) -> dict[str, Any]:
    return {
        **model_to_dict(deployment, exclude=PASSING),
        "id": deployment.pk,
        "environment": deployment.environment.slug,
    }


def _run(run: SmokeRun) -> dict[str, Any]:
    names = (
        "id",
        "origin",
        "url",
        "request_id",
        "passed",
        "words",
        "results",
        "started_at",
        "ended_at",
    )
    version = {"number": run.version.number, "steps": run.version.steps} if run.version else None
    return {**_described(run, names), "version": version}


def _log(job: Job) -> bytes:
    lines = job.log.order_by("id").values_list("at", "step", "line", "request_id")
    return "".join(
        f"{at.isoformat()} {step} {redact(line)} {request}".rstrip() + "\n"
        for at, step, line, request in lines
    ).encode()


def _described(row: Any, names: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
