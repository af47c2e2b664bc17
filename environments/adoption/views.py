"""The page of adoption: what was found, what a person chooses of it."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from environments.adoption.choose import choose, wants_another_look
from environments.adoption.page import of_adoption
from environments.models import Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit

FIELD = "key:"


@require_http_methods(["GET", "POST"])
@role_required()
def adopt(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show what was found; keep what a person chose, and look again or plan."""
    found = Environment.objects.named(slug)
    if request.method == "POST":
        return _chosen(request, found)
    return render(request, "environments/adopt.html", of_adoption(found, request.user))


@fresh_required
def _chosen(request: HttpRequest, found: Environment) -> HttpResponse:
    slug, actor = found.slug, actor_of(request)
    allowed = found.can_adopt(request.user)
    allow(allowed, request.user, f"adopt into {slug}", verb=Verb.ADOPTION_CHOSEN, environment=slug)
    choices = {name.removeprefix(FIELD): str(value) for name, value in request.POST.items() if name.startswith(FIELD)}
    again = request.POST.get("then") == "look" or wants_another_look(found, choices)
    with transaction.atomic():
        choose(found, choices, settings=bool(request.POST.get("settings")) and not again, actor=actor)
        what = "discover" if again else "plan"
        return redirect(submit(f"environments.{what}", environment=slug, actor=actor, dedupe=f"{what}:{slug}"))


@require_POST
@role_required()
def look(request: HttpRequest, slug: str) -> HttpResponseRedirect:
    """Start the job that looks for what was built by hand."""
    found = Environment.objects.named(slug)
    allow(found.can_plan(request.user), request.user, f"look through {slug}", verb=Verb.ADOPTION_CHOSEN, environment=slug)
    return redirect(submit("environments.discover", environment=slug, actor=actor_of(request), dedupe=f"discover:{slug}"))
