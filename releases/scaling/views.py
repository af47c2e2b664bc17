"""The pages of scaling: what runs and how busy it is, what a target would do, then the job."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from environments.models import Environment
from portal.accounts.access import role_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.lib.refusal import Invalid, Refused
from releases import current
from releases.deployment import holds
from releases.scaling import load, target
from releases.scaling import scale as scaling


@require_http_methods(["GET", "POST"])
@role_required()
def scale(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Show what runs; with a target in the address what it would do; posted, do it."""
    environment = Environment.objects.named(slug)
    given = request.POST or request.GET
    context = _context(environment, request)
    try:
        wanted = _target(environment, given)
        if request.method == "POST" and wanted:
            return redirect(
                scaling.scale(environment, request.user, wanted, request.POST.get("reason", ""))
            )
        context |= _effect(environment, wanted) if wanted else {}
    except Invalid as error:
        note(request, error)
        context["problem"] = error
    return render(
        request, "releases/scale.html", context, status=400 if "problem" in context else 200
    )


@require_GET
@role_required()
def charts(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show how busy the instances are: a part that loads after its page."""
    environment = Environment.objects.named(slug)
    context: dict[str, Any] = {"environment": environment}
    try:
        context["charts"] = load.charts(environment)
    except (CloudError, Refused) as error:
        context["problem"] = error
    return render(request, "releases/_load.html", context)


def _context(environment: Environment, request: SignedInRequest) -> dict[str, Any]:
    live = current.live(environment)
    there, allowed = scaling.now(environment, live), scaling.bounds(environment)
    rows = [
        (role, target.NAMES[role], there[role], allowed.least[role], allowed.most[role])
        for role in target.ROLES
    ]
    return {
        "environment": environment,
        "live": live,
        "rows": rows,
        "bounds": allowed,
        "held": holds.of(environment),
        "can_scale": scaling.can_scale(request.user),
    }


def _target(environment: Environment, given: QueryDict) -> target.Target | None:
    if "api_instances" not in given:
        return None
    try:
        return target.read(given)
    except (KeyError, ValueError) as error:
        act = environment.act(Verb.RELEASE_SCALE)
        raise Invalid("Every field takes a whole number.", act=act) from error


def _effect(environment: Environment, wanted: target.Target) -> dict[str, Any]:
    """Return what the target would do, with every boundary that it breaks."""
    live = current.live(environment)
    found = target.problems(wanted, scaling.bounds(environment))
    if found or live is None:
        words = "; ".join(found) + "." if found else "Nothing is live: deploy a release first."
        raise Invalid(words, act=environment.act(Verb.RELEASE_SCALE))
    made = scaling.works(environment, live, wanted)
    effect = [target.describe(role, one) for role, one in made.items()]
    changes = any(one.start or one.remove for one in made.values())
    return {
        "wanted": wanted,
        "effect": effect,
        "changes": changes,
        "fields": target.settings(wanted),
    }
