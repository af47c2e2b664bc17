"""The page of drift, and what people do with a difference."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.drift.accept import effect, take_over
from environments.drift.page import of_drift
from environments.models import Deviation, Environment
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.lib.refusal import Missing


@require_GET
@role_required()
def drift(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every difference with its since when and its who, and how their number went."""
    return render(request, "environments/drift.html", of_drift(Environment.objects.named(slug), request.user))


@require_POST
@role_required()
def look(request: HttpRequest, slug: str) -> HttpResponseRedirect:
    """Start the job that looks for drift in this environment now."""
    found = Environment.objects.named(slug)
    allow(found.can_plan(request.user), request.user, f"compare {slug} with OCI", verb=Verb.PLAN_MADE, environment=slug)
    return redirect(submit("environments.drift", environment=slug, actor=actor_of(request), dedupe=f"drift:{slug}"))


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def taking_over(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """Say what the settings would be and what else that changes; then change them."""
    row = deviation(slug, pk)
    subject = f"resource:{row.key}"
    allowed = row.environment.can_change_settings(request.user)
    allow(allowed, request.user, f"change the settings of {slug}", verb=Verb.DRIFT_TAKEN_OVER, subject=subject, environment=slug)
    if request.method == "POST":
        take_over(row, actor=actor_of(request))
        messages.success(request, f"The settings of {slug} now want what was found. The next look closes the difference.")
        return redirect("drift", slug)
    others = [key for key in effect(row.environment, row.settings) if key != row.key] if row.settings else []
    return render(request, "environments/take_over.html", {"environment": row.environment, "row": row, "others": others})


def deviation(slug: str, pk: int) -> Deviation:
    """Return a difference of an environment, or refuse by naming it."""
    found = Deviation.objects.select_related("environment").filter(environment__slug=slug, pk=pk).first()
    if found is None:
        raise Missing(
            f"{slug} has no difference {pk}.", next_step="The page of drift has them all.", subject=f"environment:{slug}"
        )
    return found
