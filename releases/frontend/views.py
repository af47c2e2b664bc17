"""The pages of the frontend: bundles, their upload, what is served, and the way back to a former one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from environments.models import Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.lib.refusal import Invalid, Missing, Refused
from releases.frontend import config, page, rollback, upload
from releases.models import Bundle, Publication
from releases.requests import push_commands


@csrf_exempt  # checked below: checking reads the body, and a body that is too long is not read
@require_http_methods(["GET", "POST"])
@role_required()
def bundles(request: SignedInRequest) -> HttpResponseBase:
    """List the bundles of an environment, and take a new one."""
    environment = _environment(request)
    if request.method != "POST":
        return _list(request, environment)
    slug = environment.slug
    allow(Bundle.can_upload(request.user), request.user, "upload a frontend", verb=Verb.BUNDLE_UPLOADED, environment=slug)
    try:
        upload.check_length(_length(request), slug)
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
        raise Invalid("file: pick the zip or tar of the build.", verb=Verb.BUNDLE_UPLOADED, environment=environment.slug)
    bundle, new = upload.take(environment, request.user, file.file, size=file.size, label=file.name or "")
    words = f"{bundle} is checked and kept: request a release with it." if new else f"{bundle} was there already."
    messages.success(request, words)
    return redirect(bundle)


@require_GET
@role_required()
def bundle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what is in a bundle, and where it was served."""
    found = Bundle.objects.select_related("environment", "uploaded_by").filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no bundle {pk}.", next_step="The list of bundles has them all.", subject=f"bundle:{pk}")
    return render(request, "releases/bundle.html", page.of_bundle(found, request.user))


@require_GET
@role_required()
def frontend(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what an environment serves by the portal's own rows, and what it served before."""
    return render(request, "releases/frontend.html", page.of_environment(Environment.objects.named(slug), request.user))


@require_GET
@role_required()
def served(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what users really get: a part that loads after its page."""
    return render(request, "releases/_served.html", page.of_served(Environment.objects.named(slug)))


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def put_back(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    """Show what putting a former bundle back would do, then do it."""
    environment = Environment.objects.named(slug)
    about = {"verb": Verb.FRONTEND_ROLLBACK, "subject": f"bundle:{pk}", "environment": slug}
    allow(Publication.can_publish(request.user), request.user, f"change the frontend of {slug}", **about)  # type: ignore[arg-type]
    if request.method == "POST":
        return redirect(rollback.start(environment, request.user, pk, request.POST.get("reason", "")))
    context = {"environment": environment, "bundle": rollback.former(environment, pk), "now": page.current(environment)}
    return render(request, "releases/frontend_back.html", context)


def _environment(request: SignedInRequest) -> Environment:
    """Return the environment that the address names; without one, the first."""
    given = request.GET.get("environment", "")
    first = None if given else Environment.objects.first()
    return first or Environment.objects.named(given)


def _list(request: SignedInRequest, environment: Environment, problem: Refused | CloudError | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        **page.of_bundles(environment, request.user),
        "commands": push_commands.of_frontend(environment, settings.PORTAL_URL),
        "problem": problem,
        "findings": page.findings_of(problem),
        "url": config.url(environment),
        "limit": upload.LIMIT,
    }
    status = getattr(problem, "status", 400) if isinstance(problem, Refused) else 502 if problem else 200
    return render(request, "releases/bundles.html", context, status=status)


def _length(request: SignedInRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0
