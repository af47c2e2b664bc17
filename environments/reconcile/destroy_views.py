"""The pages by which an environment is taken down; each act is asked for once more, with its effect."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from environments.models import Environment
from environments.reconcile import destroy
from environments.reconcile.page import of_plan
from environments.reconcile.views import plan_of
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit


@require_http_methods(["GET", "POST"])
@role_required()
def destroy_plan(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say what a destruction means; start the job that makes the plan of it."""
    found = Environment.objects.named(slug)
    who = request.user
    allow(found.can_destroy(who), who, f"take {slug} down", verb=Verb.DESTROY, environment=slug)
    if request.method == "GET":
        return render(request, "environments/destroy_ask.html", {"environment": found})
    destroy.refuse_protected(found)
    order = {"destroy": True, "empty": request.POST.get("empty") == "yes", "requester": who.pk}
    with transaction.atomic():
        job = submit("environments.plan", environment=slug, actor=actor_of(request), spec=order, dedupe=f"destroy:{slug}")
    return redirect(job)


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def plan_destroy(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once more, naming the environment and everything that goes; then start the job."""
    found = plan_of(slug, pk)
    allow(
        found.environment.can_destroy(request.user),
        request.user,
        f"take {slug} down",
        verb=Verb.DESTROY,
        subject=f"plan:{pk}",
        environment=slug,
    )
    context = {**of_plan(found, request.user), "problem": ""}
    if request.method == "POST":
        typed = request.POST.get("environment", "").strip()
        if typed == slug:
            return redirect(destroy.destroy(found, actor=actor_of(request)))
        context["problem"] = f"You typed {typed[:40]!r}; type {slug} to confirm. Nothing was changed."
    return render(request, "environments/destroy.html", context, status=400 if context["problem"] else 200)
