"""The pages of an environment and its plans; none of them needs OCI to show itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments import applying, overview, secrets
from environments.models import Environment, Plan, SecretReference
from environments.standing import of_rights
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of, note
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.lib.refusal import Invalid, Missing


@require_GET
@role_required()
def environment(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an environment: facts, resources, last plan, jobs, secrets."""
    found = Environment.objects.named(slug)
    return render(request, "environments/environment.html", overview.of_environment(found, request.user))


@require_GET
@role_required()
def rights(request: HttpRequest, slug: str) -> HttpResponse:
    """Show in words what each group and dynamic group may do in an environment."""
    return render(request, "environments/rights.html", of_rights(Environment.objects.named(slug)))


@require_POST
@role_required()
def plan_new(request: HttpRequest, slug: str) -> HttpResponseRedirect:
    """Start the job that compares the environment with OCI."""
    found = Environment.objects.named(slug)
    allow(found.can_plan(request.user), request.user, f"plan {slug}", verb=Verb.PLAN_MADE, environment=slug)
    job = submit("environments.plan", environment=slug, actor=actor_of(request), dedupe=f"plan:{slug}")
    return redirect(job)


@require_GET
@role_required()
def plan(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show a plan: every change with its reason, in the order in which it would be made."""
    return render(request, "environments/plan.html", overview.of_plan(_plan(slug, pk), request.user))


@require_http_methods(["GET", "POST"])
@role_required()
def plan_apply(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Ask once more, naming the environment and the effect; then start the job."""
    found = _plan(slug, pk)
    allowed = found.environment.can_apply(request.user)
    allow(allowed, request.user, f"apply plans to {slug}", verb=Verb.PLAN_APPLY, subject=f"plan:{pk}", environment=slug)
    if found.environment.protected:
        return _confirmed_freshly(request, found)
    return _confirmed(request, found)


def _confirmed(request: HttpRequest, found: Plan) -> HttpResponse:
    context = {**overview.of_plan(found, request.user), "problem": ""}
    if request.method == "POST":
        typed = request.POST.get("environment", "").strip()
        if not found.environment.protected or typed == found.environment.slug:
            return redirect(applying.apply(found, actor=actor_of(request)))
        context["problem"] = f"You typed {typed[:40]!r}; type {found.environment.slug} to confirm. Nothing was changed."
    return render(request, "environments/apply.html", context, status=400 if context["problem"] else 200)


_confirmed_freshly = fresh_required(_confirmed)


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
    context = {"environment": reference.environment, "reference": reference, "problem": ""}
    if request.method == "POST":
        try:
            version = secrets.set_value(reference, request.POST.get("value", ""), actor=actor_of(request))
        except Invalid as error:
            note(request, error)
            context["problem"] = str(error)
        else:
            messages.success(request, f"{name} of {slug} is now version {version}. Containers take it at their next start.")
            return redirect(reference.environment)
    return render(request, "environments/secret.html", context, status=400 if context["problem"] else 200)


def _plan(slug: str, pk: int) -> Plan:
    found = Plan.objects.select_related("environment").filter(environment__slug=slug, pk=pk).first()
    if found is None:
        raise Missing(f"{slug} has no plan {pk}.", next_step="Make a new plan on the environment's page.", subject=f"plan:{pk}")
    return found
