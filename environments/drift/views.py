"""The drift page, and what people do with a difference."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.drift.accept import accept, other_effects
from environments.drift.page import build_context
from environments.models import DriftItem, Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.lib.act import Act
from portal.lib.refusal import Missing


@require_GET
@role_required()
def drift(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show every difference with its age and its author, and how their number changed."""
    context = build_context(Environment.objects.named(slug), request.user)
    return render(request, "environments/drift.html", context)


@require_POST
@role_required()
def check_now(request: SignedInRequest, slug: str) -> HttpResponseRedirect:
    """Start the job that detects drift in this environment."""
    found, user = Environment.objects.named(slug), request.user
    allow(found.can_plan(user), user, f"compare {slug} with OCI", found.act(Verb.PLAN_MADE))
    job = submit("environments.drift", environment=slug, actor=user.actor, dedupe=f"drift:{slug}")
    return redirect(job)


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def accept_item(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    """Show what the settings would be and what else that changes; then change them."""
    item = find_item(slug, pk)
    if request.method == "POST":
        accept(item, request.user)
        done = f"The settings of {slug} now match what was found. The next check closes the item."
        messages.success(request, done)
        return redirect("drift", slug)
    allowed, act = item.environment.can_change_settings(request.user), item.act(Verb.DRIFT_ACCEPTED)
    allow(allowed, request.user, f"change the settings of {slug}", act)
    others = other_effects(item) if item.settings else []
    context = {"environment": item.environment, "row": item, "others": others}
    return render(request, "environments/take_over.html", context)


def find_item(slug: str, pk: int) -> DriftItem:
    """Return a difference of an environment, or refuse by naming it."""
    items = DriftItem.objects.select_related("environment")
    found = items.filter(environment__slug=slug, pk=pk).first()
    if found is None:
        raise Missing(
            f"{slug} has no difference {pk}.",
            next_step="The drift page lists them all.",
            act=Act("", f"environment:{slug}"),
        )
    return found
