"""Making a plan: look at OCI, compare, keep the result."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from environments import webhook_address
from environments.adoption.match import with_kept_fields
from environments.blueprint import EnvironmentSpec, blueprint, notes
from environments.certificates.status import warnings
from environments.desired import Actual, Desired, Observed
from environments.kinds import KINDS
from environments.models import Environment, ManagedResource, Plan, SecretReference
from environments.models.resource import tags_of
from environments.reconcile import cost, durations
from environments.reconcile.change import Change
from environments.reconcile.observe import observe
from environments.reconcile.plan import desired_digest, estimate, observed_digest, plan, plan_digest
from environments.reconcile.reachability import with_those_cut_off
from environments.regions.read import dr_region_notes, require_subscribed
from portal.accounts.access import allow
from portal.accounts.actor import Actor, may_still
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.clock import now


def spec_of(environment: Environment) -> EnvironmentSpec:
    """Return what the blueprint may know of an environment."""
    return EnvironmentSpec(
        slug=environment.slug,
        prefix=environment.prefix,
        owner=environment.owner,
        cost_center=environment.cost_center,
        settings=environment.chosen_settings,
        region=environment.home_region,
        webhook=webhook_address.shown(),
        webhook_seal=webhook_address.seal(),
        certificate=environment.certificate,
        portal=settings.PORTAL_URL,
    )


def wanted_of(environment: Environment) -> list[Desired]:
    """Return the blueprint of an environment, with what adopted resources keep of their own."""
    return with_kept_fields(blueprint(spec_of(environment)), environment.adoptions.kept())


def start_plan(environment: Environment, *, actor: str) -> Job:
    """Start the job that compares the environment with OCI."""
    slug, who = environment.slug, Actor.parse(actor).user()
    act = environment.act(Verb.PLAN_MADE)
    allow(may_still(actor, environment.can_plan), who, f"plan {slug}", act)
    return submit("environments.plan", environment=slug, actor=actor, dedupe=f"plan:{slug}")


def compare(environment: Environment) -> tuple[list[Desired], Observed, list[Change]]:
    """Return what is wanted, what OCI shows, and what to do about it; changes and stores
    nothing.
    """
    wanted, chosen = wanted_of(environment), environment.adoptions.chosen()
    remembered = environment.known_ocids()
    observed = observe(client(environment.home_region), wanted, {**chosen, **remembered})
    return wanted, observed, plan(wanted, observed, remembered, chosen)


def make_plan(environment: Environment, *, actor: str, job: UUID | None = None) -> Plan:
    """Compare the environment with OCI and keep the plan, audited; once for each job."""
    made = Plan.objects.made_by(job)
    if made is not None:
        return made
    cloud = client(environment.home_region)
    require_subscribed(environment, cloud)
    wanted, observed, changes = compare(environment)
    changes = with_those_cut_off(changes, observed, cloud)
    changes = durations.with_measured(changes, "create")
    with transaction.atomic():
        refresh(environment, observed)
        made = Plan.objects.create(
            environment=environment,
            digest=plan_digest(environment.slug, changes),
            desired_digest=desired_digest(wanted),
            observed_digest=observed_digest(wanted, observed),
            changes=[change.as_json() for change in changes],
            notes=[
                *notes(spec_of(environment)),
                *warnings(environment),
                *dr_region_notes(environment),
            ],
            cost=cost.monthly(changes),
            known={key: found.known.as_json() for key, found in observed.items() if found},
            estimate_seconds=estimate(changes),
            requested_by=actor,
            made_by_job=job,
        )
        detail = {"digest": made.digest, "counts": made.counts}
        audit(made.act(Verb.PLAN_MADE), actor=actor, job=job or "", detail=detail)
    made.refresh_from_db()
    return made


def refresh(environment: Environment, observed: Observed) -> None:
    """Take over what OCI shows of the resources that the portal manages; mark those that are
    gone.
    """
    rows = list(environment.resources.all())
    for row in rows:
        found = observed.get(row.key)
        if found:
            row.update_actual(found.state, found.facts, at=now(), tags=tags_of(found.wire))
            row.name = found.name if _may_be_named_otherwise(row) else row.name
        else:
            row.mark_gone()
    ManagedResource.objects.bulk_update(rows, ["name", "state", "facts", "tags", "seen_at"])
    for reference in environment.secrets.all():
        found = observed.get(f"secret.{reference.name}")
        if found:
            _follow(reference, found)


def _may_be_named_otherwise(row: ManagedResource) -> bool:
    return row.group in KINDS and KINDS[row.group].any_name


def _follow(reference: SecretReference, found: Actual) -> None:
    version = int(found.facts.get("version") or reference.version_number)
    if (found.ocid, version) != (reference.secret_ocid, reference.version_number):
        reference.secret_ocid, reference.version_number = found.ocid, version
        reference.save(update_fields=["secret_ocid", "version_number"])
