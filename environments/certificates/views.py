"""The page on which an admin gives the API of an environment its certificate."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from environments.certificates.checks import PastedCertificate
from environments.certificates.imports import import_certificate, require_importable
from environments.certificates.status import https_status
from environments.models import Environment
from portal.accounts.access import fresh_required, role_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.accounts.roles import Role
from portal.lib.refusal import Invalid


@sensitive_post_parameters("private_key")
@sensitive_variables("pasted")
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
@fresh_required
def certificate(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Take certificate, chain and private key; the key is shown or stored nowhere."""
    found = Environment.objects.named(slug)
    if request.method == "GET":
        require_importable(found, request.user)
        return _page(request, found)
    pasted = PastedCertificate(
        *(request.POST.get(name, "") for name in ("certificate", "chain", "private_key"))
    )
    try:
        kept = import_certificate(found, pasted, request.user)
    except Invalid as error:
        note(request, error)
        return _page(request, found, pasted, problem=str(error))
    served = (
        "The load balancer picks it up automatically."
        if found.speaks_https
        else f"Now plan {slug}: the plan adds HTTPS."
    )
    messages.success(
        request, f"Version {kept.facts.get('version')} of {kept.name} is in OCI. {served}"
    )
    return redirect(found)


def _page(
    request: SignedInRequest,
    found: Environment,
    pasted: PastedCertificate | None = None,
    *,
    problem: str = "",
) -> HttpResponse:
    # A private key that somebody pasted into the wrong field is not sent back either.
    public = {
        name: text
        for name in ("certificate", "chain")
        if "PRIVATE" not in (text := getattr(pasted, name, ""))
    }
    context = {
        "environment": found,
        "https": https_status(found, found.resources.all()),
        "problem": problem,
        **public,
    }
    context["ready"] = bool(found.compartment_ocid)
    return render(request, "environments/certificate.html", context, status=400 if problem else 200)
