"""Asking for a plan to be applied: every reason not to is checked here, in words."""

from django.db import transaction

from environments.desired import Known
from environments.kinds import KINDS
from environments.models import ManagedResource, Plan, PlanState
from environments.reconcile.eventual_consistency import EVENTUAL_KINDS, RECENTLY
from environments.reconcile.job_spec import PlanJobSpec
from environments.reconcile.plan import desired_digest
from environments.reconcile.planning import wanted_of
from environments.reconcile.teardown import Removal
from portal.accounts.access import allow
from portal.accounts.actor import Actor, may_still
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused

AGAIN = "Make a new plan, read it, and apply that one."


@transaction.atomic
def apply(plan: Plan, *, actor: str) -> Job:
    """Start the job that carries out exactly this plan."""
    plan = Plan.objects.select_for_update().select_related("environment").get(pk=plan.pk)
    act, slug = plan.act(Verb.PLAN_APPLY), plan.environment.slug
    allowed = may_still(actor, plan.environment.can_apply)
    allow(allowed, Actor.parse(actor).user(), f"apply plans to {slug}", act)
    if plan.destroys:
        why = f"{plan} takes the environment down."
        raise Refused(why, next_step="Have it carried out on its own page.", act=act)
    why, next_step = objection(plan)
    if why:
        raise Refused(why, next_step=next_step, act=act)
    job = submit(
        "environments.apply",
        environment=slug,
        spec=job_spec(plan).as_json(),
        actor=actor,
        title=f"Apply plan {plan.pk} to {slug}",
        dedupe=f"plan:{plan.pk}",
    )
    plan.mark_applying(job.pk)
    detail = {"digest": plan.digest, "counts": plan.counts}
    audit(act, actor=actor, job=job.pk, detail=detail)
    return job


def job_spec(plan: Plan) -> PlanJobSpec:
    """Return the order of the job: everything it needs, frozen."""
    return PlanJobSpec(
        plan=plan.pk,
        digest=plan.digest,
        observed_digest=plan.observed_digest,
        region=plan.environment.home_region,
        changes=plan.all_changes,
        known={key: Known.from_json(known) for key, known in plan.known.items()},
        removals=[one for one in plan.all_changes if isinstance(one, Removal)],
        recent=_recently_made(),
    )


def _recently_made() -> list[str]:
    """Return the keys of what the last minutes' jobs changed and other services learn of later."""
    ended = Job.objects.filter(kind="environments.apply", ended_at__gte=now() - RECENTLY)
    made = ManagedResource.objects.filter(
        kind__in=[KINDS[kind].name for kind in EVENTUAL_KINDS],
        job__in=list(ended.values_list("pk", flat=True)),
    )
    return sorted(set(made.values_list("key", flat=True)))


def objection(plan: Plan) -> tuple[str, str]:
    """Return why this plan may not be carried out with the next step, or two empty texts."""
    slug = plan.environment.slug
    name, refused = f"Plan {plan.pk} of {slug}", plan.with_action("refuse")
    later = Plan.objects.applied_since(plan)
    if plan.state != PlanState.OPEN:
        return f"{name} was used already (it is {plan.get_state_display()}).", AGAIN
    if plan.is_empty:
        return f"{name} changes nothing.", "There is nothing to do."
    if refused and (plan.destroys or not plan.has_work):
        first = refused[0]
        why = f"{name} cannot be applied: {first.key}: {first.reason}"
        return why, "Fix that, then plan again."
    if not plan.has_work:
        first = plan.with_action("attention")[0]
        return f"{name} changes nothing: {first.key}: {first.reason}", "Plan again after that."
    if later:
        return f"{name} is stale: plan {later.pk} was applied after it was made.", AGAIN
    if plan.is_stale_by_age:
        return f"{name} is stale: it is more than 24 hours old.", AGAIN
    if desired_digest(wanted_of(plan.environment)) != plan.desired_digest:
        return f"{name} is stale: the settings of {slug} were changed after it was made.", AGAIN
    return "", ""
