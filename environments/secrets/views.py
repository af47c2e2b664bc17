"""The page of a vault with its two acts, each asked once more."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from environments.models import Environment
from environments.secrets import vault_acts
from environments.secrets.page import of_vault
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of
from portal.audit.verbs import Verb
from portal.jobs.models import Job


@require_GET
@role_required()
def vault(request: HttpRequest, slug: str) -> HttpResponse:
    """Show vault, key and secrets with their states, and the day on which OCI deletes what is scheduled."""
    return render(request, "environments/vault.html", of_vault(Environment.objects.named(slug), request.user))


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def rotate(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Ask, then start the job that gives the key a new version."""
    found, who = Environment.objects.named(slug), request.user
    allow(found.can_rotate_key(who), who, f"rotate the key of {slug}", verb=Verb.KEY_ROTATE, environment=slug)
    vault_acts.managed(found, vault_acts.KEY)
    return _asked(request, found, vault_acts.KEY, "rotate", lambda: vault_acts.rotate(found, actor=actor_of(request)))


@require_http_methods(["GET", "POST"])
@role_required()
@fresh_required
def recover(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """Ask, then start the job that cancels a deletion."""
    found, who = Environment.objects.named(slug), request.user
    allow(found.can_apply(who), who, f"cancel a deletion in {slug}", verb=Verb.DELETION_CANCEL, environment=slug)
    vault_acts.managed(found, key)
    return _asked(request, found, key, "recover", lambda: vault_acts.recover(found, key, actor=actor_of(request)))


def _asked(request: HttpRequest, found: Environment, key: str, act: str, begin: Callable[[], Job]) -> HttpResponseBase:
    typed = request.POST.get("environment", "").strip()
    if request.method == "POST" and (not found.protected or typed == found.slug):
        return redirect(begin())
    problem = f"You typed {typed[:40]!r}; type {found.slug} to confirm. Nothing was changed." if request.method == "POST" else ""
    context = {"environment": found, "key": key, "act": act, "problem": problem}
    return render(request, "environments/vault_act.html", context, status=400 if problem else 200)
