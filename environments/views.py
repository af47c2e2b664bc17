"""The pages of an environment and of its permissions; none of them needs OCI."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from environments import page
from environments.blueprint import blueprint
from environments.blueprint.policy_lint import describe, parse
from environments.desired import Desired
from environments.models import Environment
from environments.reconcile.planning import spec_of
from portal.accounts.access import role_required
from portal.accounts.requests import SignedInRequest

SUBJECTS = {"group": "People", "dynamic_group": "Containers", "service": "Services of OCI"}


@require_GET
@role_required()
def environment(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show an environment: facts, resources, last plan, jobs, secrets."""
    found = Environment.objects.named(slug)
    context = page.environment_context(found, request.user)
    return render(request, "environments/environment.html", context)


@require_GET
@role_required()
def rights(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show in words what each group and dynamic group may do in an environment."""
    context = _permissions_context(Environment.objects.named(slug))
    return render(request, "environments/rights.html", context)


def _permissions_context(environment: Environment) -> dict[str, Any]:
    """Return the context of the page, from settings and database alone."""
    wanted = {want.key: want for want in blueprint(spec_of(environment))}
    states = dict(environment.resources.filter(key__in=wanted).values_list("key", "state"))
    policies = [
        want.resolved(lambda key, fact: wanted[key].name)
        for want in wanted.values()
        if want.kind == "policy"
    ]
    said = _statements_by_subject(policies)
    subjects = [
        _subject_row(want, said, states) for want in wanted.values() if want.kind in SUBJECTS
    ]
    services = [
        {"type": "service", "name": who, "meaning": "", "state": "", "lines": said[who]}
        for who in _services(policies)
    ]
    return {
        "environment": environment,
        "sections": [
            (title, [one for one in [*subjects, *services] if one["type"] == type])
            for type, title in SUBJECTS.items()
        ],
        "policies": [{"name": want.name, "state": states.get(want.key, "")} for want in policies],
    }


def _statements_by_subject(policies: list[Desired]) -> dict[str, list[dict[str, str]]]:
    """Return the statements by their subject: as words, and as they are written."""
    said: dict[str, list[dict[str, str]]] = {}
    for policy in policies:
        for line in policy.fields["statements"]:
            found = parse(line)
            if found:
                said.setdefault(found.who, []).append({"words": describe(line), "text": line})
    return said


def _services(policies: list[Desired]) -> list[str]:
    found = [parse(line) for policy in policies for line in policy.fields["statements"]]
    return list(dict.fromkeys(one.who for one in found if one and one.type == "service"))


def _subject_row(
    want: Desired, said: dict[str, list[dict[str, str]]], states: dict[str, str]
) -> dict[str, Any]:
    return {
        "type": want.kind,
        "name": want.name,
        "meaning": want.fields["description"],
        "state": states.get(want.key, ""),
        "lines": said.get(want.name, []),
    }
