"""The pages of releases; none of them needs OCI to show itself, only the list of images does."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.models import Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.cloud.door import door
from portal.cloud.errors import CloudError
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases import page
from releases.approvals import decide
from releases.approvals.views import named
from releases.deployment import dispatch, images, rollback
from releases.frontend import page as frontend
from releases.models import Release
from releases.requests import push_commands
from releases.requests.create import request as request_release
from releases.requests.create import request_again
from releases.requests.forms import RequestForm

SHOWN = 50


@require_GET
@role_required()
def releases(request: SignedInRequest) -> HttpResponse:
    """List the newest releases."""
    found = Release.objects.select_related("environment", "requested_by").order_by("-id")[:SHOWN]
    context = {"releases": found, "environments": Environment.objects.all(), "can_request": Release.can_request(request.user)}
    return render(request, "releases/list.html", context)


@require_http_methods(["GET", "POST"])
@role_required()
def new(request: SignedInRequest) -> HttpResponseBase:
    """Ask for a release: version, commit, notes, and images out of the repositories."""
    environment = Environment.objects.named(request.GET.get("environment", ""))
    allow(
        Release.can_request(request.user),
        request.user,
        "request a release",
        verb=Verb.RELEASE_REQUESTED,
        environment=environment.slug,
    )
    form = RequestForm(request.POST or None, initial={"bundle": request.GET.get("bundle", "")})
    context: dict[str, Any] = {"environment": environment, "form": form, "bundles": frontend.offered(environment)}
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(request_release(environment, request.user, **form.cleaned_data))
        except Invalid as error:
            note(request, error)
            context["problem"] = error
    return render(request, "releases/new.html", context, status=400 if request.method == "POST" else 200)


@require_GET
@role_required()
def image_list(request: SignedInRequest) -> HttpResponse:
    """Show what the repositories hold: a part that loads after its page, and says so when the registry does not answer."""
    environment = Environment.objects.named(request.GET.get("environment", ""))
    context: dict[str, Any] = {"environment": environment, "chosen": request.GET}
    try:
        context["repositories"] = [
            (role, images.repository(environment, role), images.offered(environment, role)) for role in images.ROLES
        ]
        context["commands"] = push_commands.of_images(environment, door(environment.home_region).namespace)
    except (CloudError, Refused) as error:
        context["problem"] = error
    return render(request, "releases/_images.html", context)


@require_GET
@role_required()
def release(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the whole plan with its approvals, its story and its progress."""
    return render(request, "releases/release.html", page.of_release(named(pk), request.user))


@require_GET
@role_required()
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show how the deployment goes; when it is over, the whole page is loaded again."""
    found = named(pk)
    context = {"release": found, "environment": found.environment, **page.progress(found)}
    response = render(request, "releases/_progress.html", context)
    if found.job and found.job.over:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@role_required()
@fresh_required
def approve(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Agree to the plan that was on the page."""
    found = named(pk)
    found, job = decide.approve(
        found.pk, request.user, digest=request.POST.get("digest", ""), comment=request.POST.get("comment", "")[:2000]
    )
    _say_approved(request, found, job)
    return redirect(found)


@require_POST
@role_required()
def deny(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Turn the request down."""
    return redirect(decide.deny(named(pk).pk, request.user, reason=request.POST.get("reason", "")))


@require_POST
@role_required()
def withdraw(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Take one's own request back."""
    return redirect(decide.withdraw(named(pk).pk, request.user, reason=request.POST.get("reason", "")))


@require_POST
@role_required()
def again(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Ask for the same images with a plan of today."""
    return redirect(request_again(named(pk), request.user))


@require_POST
@role_required()
@fresh_required
def deploy(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Start the deployment of an approved release."""
    named(pk)
    with transaction.atomic():
        found = decide.locked(pk)
        dispatch.deploy(found, request.user)
    return redirect(found)


@require_http_methods(["GET", "POST"])
@role_required()
def roll_back(request: SignedInRequest) -> HttpResponseBase:
    """Show what a rollback would do, then do it."""
    environment = Environment.objects.named(request.GET.get("environment", ""))
    allow(
        rollback.can_roll_back(request.user),
        request.user,
        f"roll back {environment.slug}",
        verb=Verb.RELEASE_ROLLBACK,
        environment=environment.slug,
    )
    incident = request.GET.get("incident", "")[:20]
    if request.method == "POST":
        return redirect(rollback.start(environment, request.user, request.POST.get("reason", ""), incident or None))
    context = {"environment": environment, "verdict": rollback.verdict(environment), "incident": incident}
    return render(request, "releases/rollback.html", context)


@require_GET
@role_required()
def of_environment(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what is live in an environment, as a part of its page."""
    return render(request, "releases/_live.html", page.card(Environment.objects.named(slug), request.user))


def _say_approved(request: SignedInRequest, found: Release, job: Job | None) -> None:
    if job is not None:
        messages.success(request, f"Approved; the deployment to {found.environment.slug} has begun.")
    elif found.state == Release.State.APPROVED:
        words = f"Approved. Another job has {found.environment.slug} now: press Deploy here when it is over."
        messages.warning(request, words)
    else:
        messages.success(request, f"Approved: {found.tally().words}.")
