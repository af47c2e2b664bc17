"""The pages of the frontend: bundles, their upload, what is served, rollback to a former one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from environments.models import Environment
from portal.accounts.access import fresh_required, role_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.lib.act import Act
from portal.lib.refusal import Invalid, Missing, Refused
from releases.frontend import config, page, rollback, upload
from releases.models import Bundle
from releases.requests import push_commands


@csrf_exempt  # checked below: checking reads the body, and a body that is too long is not read
@require_http_methods(["GET", "POST"])
@role_required()
def bundles(request: SignedInRequest) -> HttpResponseBase:
    """List the bundles of an environment, and take a new one."""
    environment = _environment(request)
    if request.method != "POST":
        return _list(request, environment)
    upload.refuse_upload(environment, request.user)
    try:
        upload.check_length(_length(request), environment.slug)
        return _take(request, environment)
    except (Invalid, CloudError) as error:
        if isinstance(error, Invalid):
            note(request, error)
        return _list(request, environment, problem=error)


@csrf_protect
def _take(request: SignedInRequest, environment: Environment) -> HttpResponseBase:
    """Take the file of the form; its last field says that the form arrived whole."""
    file = request.FILES.get("file")
    if request.POST.get("whole") != "1":
        raise upload.cut_off("the end of the form is missing")
    if file is None or file.file is None or not file.size:
        act = environment.act(Verb.BUNDLE_UPLOADED)
        raise Invalid("file: pick the zip or tar of the build.", act=act)
    bundle, new = upload.upload_bundle(
        environment, request.user, file.file, size=file.size, label=file.name or ""
    )
    words = (
        f"{bundle} is checked and stored: request a release with it."
        if new
        else f"{bundle} already existed."
    )
    messages.success(request, words)
    return redirect(bundle)


@require_GET
@role_required()
def bundle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what is in a bundle, and where it was served."""
    found = Bundle.objects.select_related("environment", "uploaded_by").filter(pk=pk).first()
    if found is None:
        act = Act(Verb.BUNDLE_UPLOADED, f"bundle:{pk}")
        step = "The list of bundles lists them all."
        raise Missing(f"There is no bundle {pk}.", next_step=step, act=act)
    return render(request, "releases/bundle.html", page.bundle_context(found, request.user))


@require_GET
@role_required()
def frontend(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what an environment serves by the portal's own rows, and what it served before."""
    return render(
        request,
        "releases/frontend.html",
        page.frontend_context(Environment.objects.named(slug), request.user),
    )


@require_GET
@role_required()
def served(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what users really get: a part that loads after its page."""
    return render(
        request, "releases/_served.html", page.served_context(Environment.objects.named(slug))
    )


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def roll_back(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    """Show what publishing a former bundle again would do, then do it."""
    environment = Environment.objects.named(slug)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        return redirect(rollback.roll_back_frontend(environment, request.user, pk, reason=reason))
    found = rollback.previously_published(environment, pk, request.user)
    context = {"environment": environment, "bundle": found, "now": page.current(environment)}
    return render(request, "releases/frontend_back.html", context)


def _environment(request: SignedInRequest) -> Environment:
    """Return the environment that the address names; without one, the first."""
    given = request.GET.get("environment", "")
    first = None if given else Environment.objects.first()
    return first or Environment.objects.named(given)


def _list(
    request: SignedInRequest, environment: Environment, problem: Refused | CloudError | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        **page.bundles_context(environment, request.user),
        "commands": push_commands.frontend_commands(environment, settings.PORTAL_URL),
        "problem": problem,
        "findings": page.findings_of(problem),
        "url": config.url(environment),
        "limit": upload.LIMIT,
    }
    status = (
        getattr(problem, "status", 400) if isinstance(problem, Refused) else 502 if problem else 200
    )
    return render(request, "releases/bundles.html", context, status=status)


def _length(request: SignedInRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0
