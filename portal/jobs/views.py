"""The pages of a job: its progress, and cancel, resume, abandon."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.access import allow, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.jobs.page import job_context
from portal.lib.refusal import Invalid, Missing


@require_GET
@role_required()
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the job."""
    return render(request, "jobs/job.html", job_context(_job(pk), request.user))


@require_GET
@role_required()
def progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the part of the page that moves; it fetches itself again until the job is over."""
    return render(request, "jobs/_progress.html", job_context(_job(pk), request.user))


@require_http_methods(["GET", "POST"])
@role_required()
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Say what a cancel does; then ask for it."""
    found = _allowed(request, pk, "cancel", Verb.JOB_CANCEL)
    if request.method == "GET":
        return _confirm(request, found, "cancel")
    found.request_cancel(actor_of(request))
    messages.success(request, "Cancel requested: the job stops before its next call to OCI.")
    return redirect(found)


@require_POST
@role_required()
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponseRedirect:
    """Let a parked job go on."""
    found = _allowed(request, pk, "resume", Verb.JOB_RESUMED)
    found.resume(actor_of(request), looked=request.POST.get("looked") == "yes")
    messages.success(request, "The job continues.")
    return redirect(found)


@require_http_methods(["GET", "POST"])
@role_required()
def abandon(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Say what abandoning leaves behind; then do it."""
    found = _allowed(request, pk, "abandon", Verb.JOB_STATE)
    if request.method == "GET":
        return _confirm(request, found, "abandon")
    reason = request.POST.get("reason", "").strip()[:500]
    if not reason:
        raise Invalid(
            "A job is abandoned with a reason; the field is empty.",
            next_step="Enter a reason for those who read it later.",
        )
    found.abandon(actor_of(request), reason)
    messages.warning(request, "The job was abandoned. What it made in OCI is still there.")
    return redirect(found)


def _confirm(request: HttpRequest, found: Job, act: str) -> HttpResponse:
    context = {**job_context(found, request.user), "act": act}
    return render(request, "jobs/confirm.html", context)


def _allowed(request: HttpRequest, pk: uuid.UUID, act: str, verb: Verb) -> Job:
    """Return the job when this person may do that to jobs.

    A state that forbids it is refused by the act itself, in its own words.
    """
    found = _job(pk)
    may = found.may(request.user, act)
    allow(may, request.user, f"{act} this job", found.act(verb))
    return found


def _job(pk: uuid.UUID) -> Job:
    found = Job.objects.filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no job {pk}.", next_step="The list of jobs has those that exist.")
    return found
