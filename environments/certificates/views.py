"""The page on which an admin gives the API of an environment its certificate."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from environments.certificates.checks import Bundle
from environments.certificates.imports import host_of, import_certificate
from environments.certificates.status import standing
from environments.models import Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of, note
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid


@sensitive_post_parameters("private_key")
@sensitive_variables("pasted")
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
@fresh_required
def certificate(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Take certificate, chain and private key; the key goes to OCI from memory and is shown or kept nowhere."""
    found = Environment.objects.named(slug)
    allowed = found.can_import_certificate(request.user)
    allow(allowed, request.user, f"import a certificate for {slug}", verb=Verb.CERTIFICATE_IMPORT, environment=slug)
    host_of(found)
    if request.method == "GET":
        return _page(request, found)
    pasted = Bundle(*(request.POST.get(name, "") for name in ("certificate", "chain", "private_key")))
    try:
        kept = import_certificate(found, pasted, actor=actor_of(request))
    except Invalid as error:
        note(request, error)
        return _page(request, found, pasted, problem=str(error))
    served = "The load balancer takes it by itself." if found.speaks_https else f"Now plan {slug}: the plan brings HTTPS."
    messages.success(request, f"Version {kept.facts.get('version')} of {kept.name} is in OCI. {served}")
    return redirect(found)


def _page(request: HttpRequest, found: Environment, pasted: Bundle | None = None, *, problem: str = "") -> HttpResponse:
    # A private key that somebody pasted into the wrong field is not sent back either.
    public = {name: text for name in ("certificate", "chain") if "PRIVATE" not in (text := getattr(pasted, name, ""))}
    context = {"environment": found, "https": standing(found, found.resources.all()), "problem": problem, **public}
    context["ready"] = bool(found.compartment_ocid)
    return render(request, "environments/certificate.html", context, status=400 if problem else 200)
