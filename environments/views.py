"""The pages of an environment and its plans; none of them needs OCI to show itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from environments import page
from environments.models import Environment, SecretReference
from environments.permissions import of_rights
from environments.secrets import database_url, set_value
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of, note
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid, Missing


@require_GET
@role_required()
def environment(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an environment: facts, resources, last plan, jobs, secrets."""
    found = Environment.objects.named(slug)
    return render(request, "environments/environment.html", page.of_environment(found, request.user))


@require_GET
@role_required()
def rights(request: HttpRequest, slug: str) -> HttpResponse:
    """Show in words what each group and dynamic group may do in an environment."""
    return render(request, "environments/rights.html", of_rights(Environment.objects.named(slug)))


@sensitive_post_parameters("value")
@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
@fresh_required
def secret(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Take a new value for a secret; it goes to Vault from memory and is shown or kept nowhere."""
    reference = SecretReference.objects.select_related("environment").filter(environment__slug=slug, name=name).first()
    if reference is None:
        raise Missing(f"{slug} has no secret {name!r}.", next_step="Secrets come with the first apply of the environment.")
    who = request.user
    allow(reference.environment.can_set_secret(who), who, f"set {name} of {slug}", verb=Verb.SECRET_SET, environment=slug)
    place = database_url.place(reference.environment) if name == database_url.NAME else None
    context = {"environment": reference.environment, "reference": reference, "problem": "", "database": place}
    if request.method == "POST":
        try:
            version = set_value.set_value(reference, request.POST.get("value", ""), actor=actor_of(request))
        except Invalid as error:
            note(request, error)
            context["problem"] = str(error)
        else:
            messages.success(request, f"{name} of {slug} is now version {version}. Containers take it at their next start.")
            return redirect(reference.environment)
    return render(request, "environments/secret.html", context, status=400 if context["problem"] else 200)
