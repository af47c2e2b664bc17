"""The page on which an admin subscribes the tenancy to the disaster recovery region."""

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from environments.models import Environment
from environments.regions.read import standing
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.refusals import actor_of
from portal.accounts.roles import Role
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Refused

KIND = "environments.subscribe_region"


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMIN)
@fresh_required
def dr_region(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Say what cannot be undone; with the region's name typed, start the job."""
    found = Environment.objects.named(slug)
    allowed = found.can_subscribe_region(request.user)
    allow(allowed, request.user, f"subscribe to {found.dr_region}", verb=Verb.REGION_SUBSCRIBE, environment=slug)
    region, problem = standing(found), ""
    if request.method == "POST":
        typed = request.POST.get("region", "").strip()
        if typed == found.dr_region:
            return redirect(subscribe(found, actor=actor_of(request)))
        problem = f"You typed {typed[:40]!r}; type {found.dr_region} to confirm. Nothing was ordered."
    context = {"environment": found, "region": region, "problem": problem}
    return render(request, "environments/dr_region.html", context, status=400 if problem else 200)


@transaction.atomic
def subscribe(environment: Environment, *, actor: str) -> Job:
    """Start the job; who may is asked by the caller, with `can_subscribe_region`."""
    region, subject = environment.dr_region, f"region:{environment.dr_region}"
    if standing(environment).state == "ready":
        raise Refused(
            f"The tenancy is subscribed to {region} already.",
            next_step="There is nothing to do.",
            verb=Verb.REGION_SUBSCRIBE,
            subject=subject,
            environment=environment.slug,
        )
    job = submit(
        KIND,
        environment=environment.slug,
        spec={"region": region, "home": environment.home_region},
        actor=actor,
        title=f"Subscribe the tenancy to {region}",
        dedupe=f"region:{region}",
    )
    record(
        Verb.REGION_SUBSCRIBE, actor=actor, subject=subject, environment=environment.slug, job=job.pk, detail={"region": region}
    )
    return job
