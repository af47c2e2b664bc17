"""The list of releases, the page of one, its deployment, and the way back."""

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.models import Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from releases import page
from releases.approvals import decide
from releases.deployment import rollback
from releases.models import Release

SHOWN = 50


@require_GET
@role_required()
def releases(request: SignedInRequest) -> HttpResponse:
    """List the newest releases."""
    context = {
        "releases": Release.objects.select_related("environment", "requested_by")[:SHOWN],
        "environments": Environment.objects.all(),
        "can_request": Release.can_request(request.user),
    }
    return render(request, "releases/list.html", context)


@require_GET
@role_required()
def release(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the whole plan with its approvals, its history and its progress."""
    context = page.release_context(page.get_release(pk), request.user)
    return render(request, "releases/release.html", context)


@require_GET
@role_required()
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show how the deployment goes; when it is over, the whole page is loaded again."""
    found = page.get_release(pk)
    context = {
        "release": found,
        "environment": found.environment,
        **page.progress_context(found),
    }
    response = render(request, "releases/_progress.html", context)
    if found.job and found.job.over:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@role_required()
@fresh_required
def deploy(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Start the deployment of an approved release."""
    found = page.get_release(pk)
    decide.deploy(pk, request.user)
    return redirect(found)


@require_http_methods(["GET", "POST"])
@role_required()
def roll_back(request: SignedInRequest) -> HttpResponseBase:
    """Show what a rollback would do, then do it."""
    environment = Environment.objects.named(request.GET.get("environment", ""))
    act = environment.act(Verb.RELEASE_ROLLBACK)
    can = rollback.can_roll_back(request.user)
    allow(can, request.user, f"roll back {environment.slug}", act)
    incident = request.GET.get("incident", "")[:20]
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        return redirect(rollback.start(environment, request.user, reason, incident or None))
    context = {
        "environment": environment,
        "verdict": rollback.verdict(environment),
        "incident": incident,
    }
    return render(request, "releases/rollback.html", context)


@require_GET
@role_required()
def live_card(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what is live in an environment, as a part of its page."""
    context = page.live_context(Environment.objects.named(slug), request.user)
    return render(request, "releases/_live.html", context)
