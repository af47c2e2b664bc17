"""Taking an environment down: the plan of it, the agreement of a second person, the start of the job."""

from typing import Any

from django.db import transaction

from environments.desired import Found
from environments.kinds import KINDS
from environments.models import Environment, Plan, PlanApproval, PlanKind
from environments.reconcile import cost, durations
from environments.reconcile.apply import AGAIN, objection, spec
from environments.reconcile.graph import longest_path
from environments.reconcile.observe import Observed, Reading, observe
from environments.reconcile.plan import desired_digest, observed_digest, plan_digest
from environments.reconcile.planning import wanted_of
from environments.reconcile.teardown import Removal, in_reverse, teardown
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.cloud.door import Door, door
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Refused

SECOND_PERSON_FROM = 2  # position of the first environment whose destruction takes two people: stage
GONE = ("DELETING", "DELETED")


def refuse_protected(environment: Environment) -> None:
    """Raise Refused while the environment's protection is on."""
    if environment.protected:
        raise Refused(
            f"{environment} is protected: it is not taken down.",
            next_step="An admin takes the protection off in its settings first; that is in the audit trail too.",
            verb=Verb.DESTROY,
            subject=f"environment:{environment.slug}",
            environment=environment.slug,
        )


def make_destroy_plan(environment: Environment, *, requester: User, empty: bool, actor: str, job: Any = None) -> Plan:
    """Say what would be deleted, and keep it as a plan; changes nothing. Once for each job."""
    made = Plan.objects.filter(made_by_job=job).first() if job else None
    if made is not None:
        return made
    refuse_protected(environment)
    wanted = wanted_of(environment)
    remembered = dict(environment.resources.exclude(ocid="").values_list("key", "ocid"))
    there = door(environment.home_region)
    observed = observe(there, wanted, remembered)
    removals = teardown(wanted, observed, _held(there, observed, {want.key: want.kind for want in wanted}), empty=empty)
    rows = [*_running(there, observed.get("compartment")), *_rows(removals)]
    with transaction.atomic():
        made = Plan.objects.create(
            environment=environment,
            kind=PlanKind.DESTROY,
            options={"empty": empty},
            digest=plan_digest(environment.slug, [*removals]),
            desired_digest=desired_digest(wanted),
            observed_digest=observed_digest(wanted, observed),
            changes=rows,
            notes=_notes(environment, set(observed)),
            cost=cost.monthly(removals),
            known={key: {"ocid": found.ocid, "facts": found.facts} for key, found in observed.items() if found},
            estimate_seconds=longest_path({row["key"]: row["needs"] for row in rows}, {r["key"]: r["seconds"] for r in rows}),
            requested_by=actor,
            requester=requester,
            needed=int(environment.position >= SECOND_PERSON_FROM),
            made_by_job=job,
        )
        detail = {"digest": made.digest, "counts": made.counts, "kind": made.kind, "empty": empty}
        record(Verb.PLAN_MADE, actor=actor, subject=f"plan:{made.pk}", environment=environment.slug, job=job or "", detail=detail)
    made.refresh_from_db()
    return made


@transaction.atomic
def approve(plan: Plan, approver: User, *, digest: str, comment: str = "", actor: str = "") -> PlanApproval:
    """Agree to exactly this plan; the database refuses whoever asked for it, and a second agreement by one person."""
    plan = Plan.objects.select_for_update(of=("self",)).select_related("environment", "requester").get(pk=plan.pk)
    verb, about = Verb.PLAN_APPROVED, {"subject": f"plan:{plan.pk}", "environment": plan.environment.slug}
    words = f"agree to plans of {plan.environment.slug}"
    allow(has_role(approver, Role.DEPLOYER, Role.ADMIN), approver, words, Act(verb, **about))
    if plan.requester is None or approver.pk == plan.requester.pk:
        raise Forbidden(
            "You asked for this plan.", next_step="Another deployer or admin reads it and agrees.", verb=verb, **about
        )
    if not plan.can_approve(approver):
        raise Refused(f"{plan} does not wait for an agreement of yours.", next_step=AGAIN, verb=verb, **about)
    if digest != plan.digest:
        raise Refused(
            f"What you read is not {plan}: its digest is {plan.digest}.", next_step="Read it again.", verb=verb, **about
        )
    made, new = PlanApproval.objects.get_or_create(
        plan=plan,
        approver=approver,
        defaults={"requester": plan.requester, "digest": digest, "comment": comment, "approved_at": now()},
    )
    if new:
        detail = {"digest": digest, "comment": comment}
        record(verb, actor=actor or approver.actor, detail=detail, subject=about["subject"], environment=about["environment"])
    return made


@transaction.atomic
def destroy(plan: Plan, *, actor: str) -> Job:
    """Start the job that deletes exactly what this plan says; who may is asked by the caller, with `can_destroy`."""
    plan = Plan.objects.select_for_update(of=("self",)).select_related("environment").get(pk=plan.pk)
    slug = plan.environment.slug
    refuse_protected(plan.environment)
    why, next_step = _objection(plan)
    if why:
        raise Refused(why, next_step=next_step, verb=Verb.DESTROY, subject=f"plan:{plan.pk}", environment=slug)
    job = submit(
        "environments.destroy",
        environment=slug,
        spec={**spec(plan), "removals": [_for_job(change) for change in plan.changes if "whole" in change]},
        actor=actor,
        title=f"Take down {slug} by plan {plan.pk}",
        dedupe=f"plan:{plan.pk}",
    )
    plan.mark_applying(job.pk)
    approvers = [str(approval.approver) for approval in plan.approvals.select_related("approver")]
    detail = {"digest": plan.digest, "counts": plan.counts, "approved_by": approvers}
    record(Verb.DESTROY, actor=actor, subject=f"plan:{plan.pk}", environment=slug, job=job.pk, detail=detail)
    return job


def _objection(plan: Plan) -> tuple[str, str]:
    if not plan.destroys:
        return f"{plan} builds; it does not destroy.", "Ask for a plan that takes the environment down."
    if plan.agreed < plan.needed:
        who = "another deployer or admin reads this plan and agrees to it"
        return f"{plan} has {plan.agreed} of {plan.needed} agreements.", f"Before it is carried out, {who}."
    return objection(plan)


def _for_job(change: dict[str, Any]) -> dict[str, Any]:
    kept = ("key", "kind", "name", "action", "ocid", "desired", "needs", "whole", "empties")
    return {name: change[name] for name in kept}


def _rows(removals: list[Removal]) -> list[dict[str, Any]]:
    """Return the removals as they are frozen, each needing what goes before it, with the seconds that it took before."""
    before = in_reverse(removals)
    took = durations.by_key(before, "Delete")
    rows = [{**removal.as_json(), "needs": before.get(removal.want.key, [])} for removal in removals]
    return [{**row, "seconds": durations.usual(row["key"], row["seconds"], row["action"], took)} for row in rows]


def _held(there: Door, observed: Observed, kinds: dict[str, str]) -> dict[str, int]:
    """Count what is in the resources that hold something."""
    reading = Reading(there)
    return {key: KINDS[kinds[key]].held(reading, found) for key, found in observed.items() if found}


def _running(there: Door, compartment: Found | None) -> list[dict[str, Any]]:
    """Return a refusal for the containers that still run: releases end first."""
    if compartment is None:
        return []
    listed = there.pages("container_instances", "list_container_instances", compartment.ocid)
    living = sorted(str(one["displayName"]) for one in listed if one.get("lifecycleState") not in GONE)
    if not living:
        return []
    why = f"Containers of releases are there: {', '.join(living)}. Delete them in the OCI console first: nobody is served then."
    change = {"key": "containers", "kind": "container instances", "group": "Delivery", "name": f"{len(living)} instances"}
    empty = {"ocid": "", "needs": [], "seconds": 0, "differences": [], "desired": {}}
    return [{**change, "action": "refuse", "reason": why, **empty}]


def _notes(environment: Environment, known: set[str]) -> list[str]:
    """Name what the portal manages although the settings no longer say so: no plan touches it."""
    others = environment.resources.exclude(key__in=known).exclude(ocid="").exclude(state="GONE")
    return [f"{row.key} ({row.ocid}) stays: the settings no longer have it. Delete it by hand." for row in others]
