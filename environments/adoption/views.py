"""The adoption page: what was found, and what a person chooses of it."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from environments.adoption.choose import choose, needs_rediscovery
from environments.adoption.match import ABSENT, FOREIGN, MANAGED, MATCHED, OPEN, OURS, PART
from environments.models import Environment
from environments.settings.rules import TAG_FIELDS
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.models import User
from portal.accounts.requests import SignedInRequest
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit

FIELD = "key:"
SECTIONS = (
    (
        (OPEN,),
        "Choose by hand",
        (
            "Nothing has the name that the portal gives. What you choose is renamed where OCI can "
            "do that."
        ),
    ),
    (
        (MATCHED,),
        "To adopt",
        (
            "They have the right name, or are the only one of their kind, and carry no tag of the "
            "portal yet."
        ),
    ),
    ((FOREIGN,), "Not adoptable", "They carry the tags of something else, and are never adopted."),
    (
        (OURS, PART),
        "Already managed",
        "They carry the portal's tags, or are parts of what is adopted.",
    ),
    ((MANAGED,), "Managed", "The portal manages these."),
    ((ABSENT,), "Absent", "A plan creates them."),
)


@require_http_methods(["GET", "POST"])
@role_required()
def adopt(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Show what was found; store what a person chose, then discover again or plan."""
    found = Environment.objects.named(slug)
    if request.method == "POST":
        return _choose(request, found)
    return render(request, "environments/adopt.html", _build_context(found, request.user))


@fresh_required
def _choose(request: SignedInRequest, found: Environment) -> HttpResponse:
    slug, actor = found.slug, request.user.actor
    choices = {
        name.removeprefix(FIELD): str(value)
        for name, value in request.POST.items()
        if name.startswith(FIELD)
    }
    again = request.POST.get("then") == "look" or needs_rediscovery(found, choices)
    settings = bool(request.POST.get("settings")) and not again
    what = "discover" if again else "plan"
    with transaction.atomic():
        choose(found, choices, settings=settings, actor=actor)
        job = submit(f"environments.{what}", environment=slug, actor=actor, dedupe=f"{what}:{slug}")
    return redirect(job)


@require_POST
@role_required()
def discover_now(request: SignedInRequest, slug: str) -> HttpResponseRedirect:
    """Start the job that discovers what was built by hand."""
    found, user = Environment.objects.named(slug), request.user
    allow(found.can_plan(user), user, f"run discovery for {slug}", found.act(Verb.ADOPTION_CHOSEN))
    job = submit(
        "environments.discover", environment=slug, actor=user.actor, dedupe=f"discover:{slug}"
    )
    return redirect(job)


def _build_context(environment: Environment, user: User) -> dict[str, Any]:
    """Return the context of the page; three queries however much was found."""
    seen, chosen = environment.discoveries.first(), environment.adoptions.chosen()
    proposals = [_with_pick(one, chosen) for one in (seen.proposals if seen else [])]
    sections = [
        (title, words, [one for one in proposals if one["standing"] in which])
        for which, title, words in SECTIONS
    ]
    return {
        "environment": environment,
        "seen": seen,
        "folded": [title for which, title, _ in SECTIONS if which[0] in (MANAGED, ABSENT, OURS)],
        "sections": [section for section in sections if section[2]],
        "settings": [
            (name, _current_value(environment, name), value)
            for name, value in (seen.settings if seen else {}).items()
        ],
        "open": any(one["standing"] == OPEN for one in proposals),
        "choosing": any(one["standing"] in (OPEN, MATCHED) for one in proposals),
        "blocked": [one for one in proposals if one["blocked"]],
        "chosen": chosen,
        "can_adopt": environment.can_adopt(user),
        "can_plan": environment.can_plan(user),
    }


def _with_pick(proposal: dict[str, Any], chosen: dict[str, str]) -> dict[str, Any]:
    """Add what is selected: the choice that was made, else the suggested one."""
    return {
        **proposal,
        "picked": (
            chosen.get(proposal["key"])
            or (proposal["ocid"] if proposal["standing"] == MATCHED else "")
        ),
    }


def _current_value(environment: Environment, name: str) -> Any:
    return getattr(environment, name) if name in TAG_FIELDS else environment.setting(name)
