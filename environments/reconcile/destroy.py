"""Destroying an environment: the plan, the agreement of a second person, the start of the job."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from environments.desired import Actual, Desired, Observed
from environments.kinds import KINDS
from environments.models import Environment, Plan, PlanApproval, PlanKind
from environments.reconcile import cost, durations
from environments.reconcile.apply import AGAIN, job_spec, objection
from environments.reconcile.observe import CloudReader, observe
from environments.reconcile.plan import desired_digest, estimate, observed_digest, plan_digest
from environments.reconcile.planning import wanted_of
from environments.reconcile.teardown import Removal, in_reverse, teardown
from portal.accounts.access import allow
from portal.accounts.actor import Actor, may_still
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.client import CloudClient, client
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Refused

SECOND_PERSON_FROM = 2  # position of the first environment whose destruction takes two people
GONE = ("DELETING", "DELETED")


def refuse_protected(environment: Environment) -> None:
    """Raise Refused while the environment's protection is on."""
    if environment.protected:
        raise Refused(
            f"{environment} is protected and cannot be destroyed.",
            next_step=(
                "An admin takes the protection off in its settings first; "
                "that is in the audit trail too."
            ),
            act=environment.act(Verb.DESTROY),
        )


@transaction.atomic
def start_destroy_plan(environment: Environment, user: User, *, empty: bool, actor: str) -> Job:
    """Start the job that makes the plan of a destruction; `empty` lets it delete what buckets
    hold.
    """
    allow_destroy(environment, actor, environment.act(Verb.DESTROY))
    refuse_protected(environment)
    return submit(
        "environments.plan",
        environment=environment.slug,
        actor=actor,
        spec={"destroy": True, "empty": empty, "requester": user.pk},
        dedupe=f"destroy:{environment.slug}",
    )


def allow_destroy(environment: Environment, actor: str, act: Act) -> None:
    """Raise Forbidden when the actor may not have the environment destroyed."""
    allowed = may_still(actor, environment.can_destroy)
    allow(allowed, Actor.parse(actor).user(), f"take {environment.slug} down", act)


def make_destroy_plan(
    environment: Environment, *, requester: User, empty: bool, actor: str, job: UUID | None = None
) -> Plan:
    """Say what would be deleted, and keep it as a plan; changes nothing. Once for each job."""
    made = Plan.objects.made_by(job)
    if made is not None:
        return made
    refuse_protected(environment)
    wanted, there = wanted_of(environment), client(environment.home_region)
    observed = observe(there, wanted, environment.known_ocids())
    removals = teardown(wanted, observed, _count_contents(there, wanted, observed), empty=empty)
    rows = [*_running(there, observed.get("compartment")), *_in_reverse(removals)]
    with transaction.atomic():
        made = Plan.objects.create(
            environment=environment,
            kind=PlanKind.DESTROY,
            options={"empty": empty},
            digest=plan_digest(environment.slug, removals),
            desired_digest=desired_digest(wanted),
            observed_digest=observed_digest(wanted, observed),
            changes=[row.as_json() for row in rows],
            notes=_notes(environment, set(observed)),
            cost=cost.monthly(removals),
            known={key: found.known.as_json() for key, found in observed.items() if found},
            estimate_seconds=estimate(rows),
            requested_by=actor,
            requester=requester,
            needed=int(environment.position >= SECOND_PERSON_FROM),
            made_by_job=job,
        )
        detail = {"digest": made.digest, "counts": made.counts, "kind": made.kind, "empty": empty}
        audit(made.act(Verb.PLAN_MADE), actor=actor, job=job or "", detail=detail)
    made.refresh_from_db()
    return made


@transaction.atomic
def approve(
    plan: Plan, user: User, *, digest: str, comment: str = "", actor: str = ""
) -> PlanApproval:
    """Agree to exactly this plan; the database refuses the requester, and two agreements by
    one person.
    """
    found = Plan.objects.select_for_update(of=("self",)).select_related("environment", "requester")
    plan = found.get(pk=plan.pk)
    act = plan.act(Verb.PLAN_APPROVED)
    words = f"agree to plans of {plan.environment.slug}"
    allow(has_role(user, Role.DEPLOYER, Role.ADMIN), user, words, act)
    if plan.requester is None or user.pk == plan.requester.pk:
        way = "Another deployer or admin has to read it and agree to it."
        raise Forbidden("You requested this plan.", next_step=way, act=act)
    if not plan.can_approve(user):
        raise Refused(f"{plan} does not need your agreement.", next_step=AGAIN, act=act)
    if digest != plan.digest:
        why = f"What you read is not {plan}: its digest is {plan.digest}."
        raise Refused(why, next_step="Read it again.", act=act)
    own = {"requester": plan.requester, "digest": digest, "comment": comment, "approved_at": now()}
    made, new = PlanApproval.objects.get_or_create(plan=plan, approver=user, defaults=own)
    if new:
        audit(act, actor=actor or user.actor, detail={"digest": digest, "comment": comment})
    return made


@transaction.atomic
def destroy(plan: Plan, *, actor: str) -> Job:
    """Start the job that deletes exactly what this plan says."""
    found = Plan.objects.select_for_update(of=("self",)).select_related("environment")
    plan = found.get(pk=plan.pk)
    slug, act = plan.environment.slug, plan.act(Verb.DESTROY)
    allow_destroy(plan.environment, actor, act)
    refuse_protected(plan.environment)
    why, next_step = _objection(plan)
    if why:
        raise Refused(why, next_step=next_step, act=act)
    job = submit(
        "environments.destroy",
        environment=slug,
        spec=job_spec(plan).as_json(),
        actor=actor,
        title=f"Destroy {slug} by plan {plan.pk}",
        dedupe=f"plan:{plan.pk}",
    )
    plan.mark_applying(job.pk)
    approvers = [str(approval.approver) for approval in plan.approvals.select_related("approver")]
    detail = {"digest": plan.digest, "counts": plan.counts, "approved_by": approvers}
    audit(act, actor=actor, job=job.pk, detail=detail)
    return job


def _objection(plan: Plan) -> tuple[str, str]:
    if not plan.destroys:
        way = "Make a plan that destroys the environment."
        return f"{plan} is not a destruction plan.", way
    if plan.agreed < plan.needed:
        who = "another deployer or admin has to read this plan and agree to it"
        why = f"{plan} has {plan.agreed} of {plan.needed} agreements."
        return why, f"Before it is applied, {who}."
    return objection(plan)


def _in_reverse(removals: Sequence[Removal]) -> list[Removal]:
    """Return the removals, each needing what goes before it, with the seconds it took before."""
    before = in_reverse(removals)
    ordered = [replace(one, needs=tuple(before.get(one.key, ()))) for one in removals]
    return durations.with_measured(ordered, "delete")


def _count_contents(
    there: CloudClient, wanted: Sequence[Desired], observed: Observed
) -> dict[str, int]:
    """Return how many things are in each resource that OCI does not delete with it."""
    reader, kinds = CloudReader(there), {want.key: KINDS[want.kind] for want in wanted}
    return {key: kinds[key].count_contents(reader, one) for key, one in observed.items() if one}


def _running(there: CloudClient, compartment: Actual | None) -> list[Removal]:
    """Return a refusal for the containers that still run: releases end first."""
    if compartment is None:
        return []
    listed = there.pages("container_instances", "list_container_instances", compartment.ocid)
    living = sorted(
        str(one["displayName"]) for one in listed if one.get("lifecycleState") not in GONE
    )
    if not living:
        return []
    why = (
        f"Containers of releases still exist: {', '.join(living)}. "
        "Delete them in the OCI console first; the product is then down."
    )
    containers = Desired("containers", "container instances", f"{len(living)} instances")
    return [Removal(containers, "refuse", why)]


def _notes(environment: Environment, known: set[str]) -> list[str]:
    """Name what the portal manages although the settings no longer say so: no plan touches it."""
    others = environment.resources.exclude(key__in=known).exclude(ocid="").exclude(state="GONE")
    return [
        f"{row.key} ({row.ocid}) is kept: it is no longer in the settings. Delete it by hand."
        for row in others
    ]
