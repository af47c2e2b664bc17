"""The page on which an admin subscribes the tenancy to the disaster recovery region."""

from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from environments.models import Environment
from environments.regions.read import dr_region_status
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.models import User
from portal.accounts.requests import SignedInRequest
from portal.accounts.roles import Role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.refusal import Refused

KIND = "environments.subscribe_region"


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
@fresh_required
def dr_region(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Say what cannot be undone; with the region's name typed, start the job."""
    found, user = Environment.objects.named(slug), request.user
    problem = ""
    if request.method == "POST":
        typed = request.POST.get("region", "").strip()
        if typed == found.dr_region:
            return redirect(subscribe(found, user))
        problem = (
            f"You typed {typed[:40]!r}; type {found.dr_region} to confirm. Nothing was changed."
        )
    _require_permission(found, user)
    context = {"environment": found, "region": dr_region_status(found), "problem": problem}
    return render(request, "environments/dr_region.html", context, status=400 if problem else 200)


@transaction.atomic
def subscribe(environment: Environment, user: User) -> Job:
    """Start the job that subscribes the tenancy to the disaster recovery region, for good."""
    region, act = environment.dr_region, _require_permission(environment, user)
    if dr_region_status(environment).state == "ready":
        message = f"The tenancy is subscribed to {region} already."
        raise Refused(message, next_step="There is nothing to do.", act=act)
    job = submit(
        KIND,
        environment=environment.slug,
        spec={"region": region, "home": environment.home_region},
        actor=user.actor,
        title=f"Subscribe the tenancy to {region}",
        dedupe=f"region:{region}",
    )
    audit(act, actor=user.actor, job=job.pk, detail={"region": region})
    return job


def _require_permission(environment: Environment, user: User) -> Act:
    region = environment.dr_region
    act = Act(Verb.REGION_SUBSCRIBE, f"region:{region}", environment.slug)
    allow(environment.can_subscribe_region(user), user, f"subscribe to {region}", act)
    return act
