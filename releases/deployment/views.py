"""Pages around what runs: lifting a hold, overriding a wait, reading what containers wrote."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from environments.models import Environment
from portal.accounts.access import allow, role_required
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Missing
from releases.deployment import holds, wait_override
from releases.models import ContainerLog, Hold, WaitOverride

SHOWN = 100


@require_http_methods(["GET", "POST"])
@role_required()
def hold(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what holds the environment; posted, lift it."""
    rows = Hold.objects.select_related("environment", "lifted_by", "job")
    found = rows.filter(pk=pk).first()
    if found is None:
        next_step = "The environment's page shows its hold."
        raise Missing(f"There is no hold {pk}.", next_step=next_step)
    if request.method == "POST":
        holds.lift(found, request.user, request.POST.get("reason", ""))
        slug = found.environment.slug
        messages.success(request, f"{slug} is no longer held: releases may be deployed again.")
        return redirect(found.environment)
    can_lift = found.is_open and Hold.can_lift(request.user)
    context = {"hold": found, "environment": found.environment, "can_lift": can_lift}
    return render(request, "releases/hold.html", context)


@require_http_methods(["GET", "POST"])
@role_required()
def go_on(request: SignedInRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Show what a step waits for; posted, override the wait."""
    job = Job.objects.filter(pk=pk).first()
    if job is None:
        raise Missing(f"There is no job {pk}.", next_step="The list of jobs lists them all.")
    if request.method == "POST":
        wait_override.override(job, request.user, request.POST.get("reason", ""))
        messages.success(
            request, "The job continues: computations of the old workers are interrupted."
        )
        return redirect(job)
    context = {
        "job": job,
        "row": wait_override.held_up(job),
        "environment": Environment.objects.named(job.environment),
        "can_give": WaitOverride.can_give(request.user),
    }
    return render(request, "releases/go_on.html", context)


@require_GET
@role_required()
def logs(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the logs that were kept of containers that are gone."""
    environment = Environment.objects.named(slug)
    rows = ContainerLog.objects.filter(environment=environment)
    context = {
        "environment": environment,
        "logs": rows.select_related("deployment__release", "job").defer("text")[:SHOWN],
        "can_read": ContainerLog.can_read(request.user),
    }
    return render(request, "releases/logs.html", context)


@require_GET
@role_required()
def log(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what one container wrote last."""
    rows = ContainerLog.objects.select_related("environment", "deployment__release", "job")
    found = rows.filter(pk=pk).first()
    if found is None:
        next_step = "The environment's list lists them all."
        raise Missing(f"There is no log {pk}.", next_step=next_step)
    act = found.act(Verb.REFUSED)
    allow(ContainerLog.can_read(request.user), request.user, "read logs of containers", act)
    return render(request, "releases/log.html", {"log": found, "environment": found.environment})
