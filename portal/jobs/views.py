"""The pages of a job: its progress, and the three things that people do with it."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.access import allow, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.jobs.page import of_job
from portal.lib.refusal import Invalid, Missing


@require_GET
@role_required()
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the job."""
    return render(request, "jobs/job.html", of_job(_job(pk), request.user))


@require_GET
@role_required()
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the part of the page that moves; it asks for itself again until the job is over."""
    return render(request, "jobs/_progress.html", of_job(_job(pk), request.user))


@require_http_methods(["GET", "POST"])
@role_required()
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Say what a cancel does; then ask for it."""
    found = _allowed(request, pk, "cancel", Verb.JOB_CANCEL)
    if request.method == "GET":
        return render(request, "jobs/confirm.html", {**of_job(found, request.user), "act": "cancel"})
    found.request_cancel(actor_of(request))
    messages.success(request, "Cancel asked for: the job stops before its next call to OCI.")
    return redirect(found)


@require_POST
@role_required()
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponseRedirect:
    """Let a parked job go on."""
    found = _allowed(request, pk, "resume", Verb.JOB_RESUMED)
    found.resume(actor_of(request), looked=request.POST.get("looked") == "yes")
    messages.success(request, "The job goes on.")
    return redirect(found)


@require_http_methods(["GET", "POST"])
@role_required()
def abandon(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Say what giving up leaves behind; then do it."""
    found = _allowed(request, pk, "abandon", Verb.JOB_STATE)
    if request.method == "GET":
        return render(request, "jobs/confirm.html", {**of_job(found, request.user), "act": "abandon"})
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        raise Invalid("A job is given up with a reason; the field is empty.", next_step="Say why, for those who read it later.")
    found.abandon(actor_of(request), reason)
    messages.warning(request, "The job was given up. What it made in OCI is still there.")
    return redirect(found)


def _allowed(request: HttpRequest, pk: uuid.UUID, act: str, verb: Verb) -> Job:
    """Return the job when this person may do that to jobs; a state that forbids it is refused by the act, in its own words."""
    found = _job(pk)
    allow(
        found.may(request.user, act),
        request.user,
        f"{act} this job",
        verb=verb,
        subject=f"job:{pk}",
        environment=found.environment,
    )
    return found


def _job(pk: uuid.UUID) -> Job:
    found = Job.objects.filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no job {pk}.", next_step="The list of jobs has those that are kept.")
    return found
