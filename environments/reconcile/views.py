"""The pages of plans: ask for one, read it, agree to it, have it carried out."""

from collections.abc import Collection, Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.models import Environment, Plan
from environments.reconcile import apply, destroy, planning
from environments.reconcile.page import plan_context
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.requests import SignedInRequest
from portal.acts.confirmation import problem_of, typed_name
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Missing

TICK = "takes_away"


@require_POST
@role_required()
def plan_new(request: SignedInRequest, slug: str) -> HttpResponseRedirect:
    """Start the job that compares the environment with OCI."""
    environment = Environment.objects.named(slug)
    return redirect(planning.start_plan(environment, actor=request.user.actor))


@require_GET
@role_required()
def plan(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Show a plan: every change with its reason, in the order in which it would be made."""
    return render(request, "environments/plan.html", plan_context(plan_of(slug, pk), request.user))


@require_http_methods(["GET", "POST"])
@role_required()
def plan_apply(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    """Ask once more, naming the environment and the effect; then start the job."""
    found = plan_of(slug, pk)
    allowed, act = found.environment.can_apply(request.user), found.act(Verb.PLAN_APPLY)
    allow(allowed, request.user, f"apply plans to {slug}", act)
    confirm = _confirm_freshly if found.environment.protected else _confirm_apply
    return confirm(request, found)


def _confirm_apply(request: SignedInRequest, found: Plan) -> HttpResponse:
    name = found.name_to_type
    problem = problem_of(typed_name(request), name) if name else ""
    ticked = request.POST.getlist(TICK)
    problem = problem or problem_of_ticks(found.keys_to_tick, ticked)
    if request.method == "POST" and not problem:
        return redirect(apply.apply(found, actor=request.user.actor))
    return _ask(request, "environments/apply.html", found, problem)


def problem_of_ticks(keys: Sequence[str], ticked: Collection[str]) -> str:
    """Return why the confirmation does not count; empty when every row was ticked."""
    missing = [key for key in keys if key not in ticked]
    words = f"Tick {', '.join(missing)}: it takes something away. Nothing was changed."
    return words if missing else ""


_confirm_freshly = fresh_required(_confirm_apply)


@require_http_methods(["GET", "POST"])
@role_required()
def destroy_plan(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Say what a destruction means; start the job that makes the plan of it."""
    environment, actor = Environment.objects.named(slug), request.user.actor
    if request.method == "GET":
        destroy.allow_destroy(environment, actor, environment.act(Verb.DESTROY))
        return render(request, "environments/destroy_ask.html", {"environment": environment})
    empty = request.POST.get("empty") == "yes"
    return redirect(destroy.start_destroy_plan(environment, request.user, empty=empty, actor=actor))


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def plan_destroy(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once more, naming the environment and everything that goes; then start the job."""
    found, actor = plan_of(slug, pk), request.user.actor
    destroy.allow_destroy(found.environment, actor, found.act(Verb.DESTROY))
    problem = problem_of(typed_name(request), slug)
    if request.method == "POST" and not problem:
        return redirect(destroy.destroy(found, actor=actor))
    return _ask(request, "environments/destroy.html", found, problem)


@require_POST
@role_required()
@fresh_required
def plan_approve(request: SignedInRequest, slug: str, pk: int) -> HttpResponseRedirect:
    """Agree to exactly the plan that was read."""
    found = plan_of(slug, pk)
    digest, comment = request.POST.get("digest", ""), request.POST.get("comment", "")[:2000]
    destroy.approve(found, request.user, digest=digest, comment=comment)
    said = f"You agreed to {found}. Nothing is done until somebody applies it."
    messages.success(request, said)
    return redirect(found)


def plan_of(slug: str, pk: int) -> Plan:
    """Return the plan, or say that there is none."""
    plans = Plan.objects.select_related("environment")
    found = plans.filter(environment__slug=slug, pk=pk).first()
    if found is None:
        raise Missing(
            f"{slug} has no plan {pk}.",
            next_step="Make a new plan on the environment's page.",
            act=Act("", f"plan:{pk}", slug),
        )
    return found


def _ask(request: SignedInRequest, template: str, found: Plan, problem: str) -> HttpResponse:
    """Show the confirmation; with a status that says so when what was typed does not count."""
    shown = problem if request.method == "POST" else ""
    context = {**plan_context(found, request.user), "problem": shown}
    context["ticked"] = request.POST.getlist(TICK)
    return render(request, template, context, status=400 if shown else 200)
