"""The pages of plans: ask for one, read it, agree to it, have it carried out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.models import Environment, Plan
from environments.reconcile import apply, destroy
from environments.reconcile.page import of_plan
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.lib.refusal import Missing


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
    return render(request, "environments/plan.html", of_plan(plan_of(slug, pk), request.user))


@require_http_methods(["GET", "POST"])
@role_required()
def plan_apply(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Ask once more, naming the environment and the effect; then start the job."""
    found = plan_of(slug, pk)
    allowed = found.environment.can_apply(request.user)
    allow(allowed, request.user, f"apply plans to {slug}", verb=Verb.PLAN_APPLY, subject=f"plan:{pk}", environment=slug)
    if found.environment.protected:
        return _confirmed_freshly(request, found)
    return _confirmed(request, found)


def _confirmed(request: HttpRequest, found: Plan) -> HttpResponse:
    context = {**of_plan(found, request.user), "problem": ""}
    if request.method == "POST":
        typed = request.POST.get("environment", "").strip()
        if not found.environment.protected or typed == found.environment.slug:
            return redirect(apply.apply(found, actor=actor_of(request)))
        context["problem"] = f"You typed {typed[:40]!r}; type {found.environment.slug} to confirm. Nothing was changed."
    return render(request, "environments/apply.html", context, status=400 if context["problem"] else 200)


_confirmed_freshly = fresh_required(_confirmed)


@require_POST
@role_required()
@fresh_required
def plan_approve(request: HttpRequest, slug: str, pk: int) -> HttpResponseRedirect:
    """Agree to exactly the plan that was read."""
    found = plan_of(slug, pk)
    digest, comment = request.POST.get("digest", ""), request.POST.get("comment", "")[:2000]
    destroy.approve(found, request.user, digest=digest, comment=comment, actor=actor_of(request))  # type: ignore[arg-type]
    messages.success(request, f"You agreed to {found}. Nothing is done until somebody carries it out.")
    return redirect(found)


def plan_of(slug: str, pk: int) -> Plan:
    """Return the plan, or say that there is none."""
    found = Plan.objects.select_related("environment").filter(environment__slug=slug, pk=pk).first()
    if found is None:
        raise Missing(f"{slug} has no plan {pk}.", next_step="Make a new plan on the environment's page.", subject=f"plan:{pk}")
    return found
