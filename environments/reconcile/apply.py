"""Asking for a plan to be applied: every reason not to is checked here, in words."""

from typing import Any

from django.db import transaction

from environments.models import Plan, PlanState
from environments.reconcile.plan import desired_digest
from environments.reconcile.planning import wanted_of
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Refused

AGAIN = "Make a new plan, read it, and apply that one."


@transaction.atomic
def apply(plan: Plan, *, actor: str) -> Job:
    """Start the job that carries out exactly this plan; who may is asked by the caller, with `can_apply`."""
    plan = Plan.objects.select_for_update().select_related("environment").get(pk=plan.pk)
    why, next_step = _building(plan) or objection(plan)
    if why:
        raise Refused(
            why, next_step=next_step, verb=Verb.PLAN_APPLY, subject=f"plan:{plan.pk}", environment=plan.environment.slug
        )
    job = submit(
        "environments.apply",
        environment=plan.environment.slug,
        spec=spec(plan),
        actor=actor,
        title=f"Apply plan {plan.pk} to {plan.environment.slug}",
        dedupe=f"plan:{plan.pk}",
    )
    plan.mark_applying(job.pk)
    record(
        Verb.PLAN_APPLY,
        actor=actor,
        subject=f"plan:{plan.pk}",
        environment=plan.environment.slug,
        job=job.pk,
        detail={"digest": plan.digest, "counts": plan.counts},
    )
    return job


def spec(plan: Plan) -> dict[str, Any]:
    """Return the order of the job: everything it needs, frozen."""
    kept = ("key", "kind", "name", "action", "ocid", "desired")
    return {
        "plan": plan.pk,
        "digest": plan.digest,
        "observed_digest": plan.observed_digest,
        "region": plan.environment.home_region,
        "changes": [{name: change[name] for name in kept} for change in plan.changes],
        "known": plan.known,
    }


def _building(plan: Plan) -> tuple[str, str] | None:
    """Return the objection to a plan that does not build."""
    return (f"{plan} takes the environment down.", "Have it carried out on its own page.") if plan.destroys else None


def objection(plan: Plan) -> tuple[str, str]:
    """Return why this plan may not be carried out with the way on, or two empty texts."""
    name, refused = f"Plan {plan.pk} of {plan.environment.slug}", plan.of("refuse")
    later = Plan.objects.applied_since(plan)
    if plan.state != PlanState.OPEN:
        return f"{name} was used already (it is {plan.get_state_display()}).", AGAIN
    if plan.is_empty:
        return f"{name} changes nothing.", "There is nothing to do."
    if refused:
        return f"{name} cannot be applied: {refused[0]['key']}: {refused[0]['reason']}", "Clear that up, then plan again."
    if later:
        return f"{name} is stale: plan {later.pk} was applied after it was made.", AGAIN
    if plan.is_stale_by_age:
        return f"{name} is stale: it is more than 24 hours old.", AGAIN
    if desired_digest(wanted_of(plan.environment)) != plan.desired_digest:
        return f"{name} is stale: the settings of {plan.environment.slug} were changed after it was made.", AGAIN
    return "", ""
