"""Making a plan: look at OCI, compare, keep the result."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from environments import webhook_address
from environments.adoption.match import with_kept_fields
from environments.blueprint import EnvironmentSpec, blueprint, notes
from environments.certificates.status import warnings
from environments.desired import Desired, Found
from environments.models import Environment, ManagedResource, Plan, SecretReference
from environments.models.plan import WORK
from environments.models.resource import tags_of
from environments.reconcile import cost, durations
from environments.reconcile.observe import Observed, observe
from environments.reconcile.plan import (
    Change,
    desired_digest,
    estimate,
    observed_digest,
    plan,
    plan_digest,
)
from environments.regions.read import require_subscribed
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.cloud.door import door
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


def compare(environment: Environment) -> tuple[list[Desired], Observed, list[Change]]:
    """Return what is wanted, what OCI shows, and what to do about it; changes nothing, stores nothing."""
    wanted, chosen = wanted_of(environment), environment.adoptions.chosen()
    remembered = environment.known_ocids()
    observed = observe(door(environment.home_region), wanted, {**chosen, **remembered})
    return wanted, observed, plan(wanted, observed, remembered, chosen)


def make_plan(environment: Environment, *, actor: str, job: Any = None) -> Plan:
    """Compare the environment with OCI and keep the plan, with a row in the audit trail; once for each job."""
    made = Plan.objects.filter(made_by_job=job).first() if job else None
    if made is not None:
        return made
    require_subscribed(environment, door(environment.home_region))
    wanted, observed, changes = compare(environment)
    rows = timed(changes, "Create")
    with transaction.atomic():
        refresh(environment, observed)
        made = Plan.objects.create(
            environment=environment,
            digest=plan_digest(environment.slug, changes),
            desired_digest=desired_digest(wanted),
            observed_digest=observed_digest(wanted, observed),
            changes=rows,
            notes=[*notes(spec_of(environment)), *warnings(environment)],
            cost=cost.monthly(changes),
            known={key: {"ocid": found.ocid, "facts": found.facts} for key, found in observed.items() if found},
            estimate_seconds=estimate(rows),
            requested_by=actor,
            made_by_job=job,
        )
        detail = {"digest": made.digest, "counts": made.counts}
        record(Verb.PLAN_MADE, actor=actor, subject=f"plan:{made.pk}", environment=environment.slug, job=job or "", detail=detail)
    made.refresh_from_db()
    return made


def timed(changes: Sequence[Change], word: str) -> list[dict[str, Any]]:
    """Return the changes as they are frozen, each with the seconds that it took before, where it was made before."""
    rows = [change.as_json() for change in changes]
    before = durations.by_key([row["key"] for row in rows if row["action"] in WORK], word)
    return [{**row, "seconds": durations.usual(row["key"], row["seconds"], row["action"], before)} for row in rows]


def refresh(environment: Environment, observed: Observed) -> None:
    """Take over what OCI shows of the resources that the portal manages already; what is gone says so."""
    rows = list(environment.resources.all())
    for row in rows:
        found = observed.get(row.key)
        if found:
            row.saw(found.state, found.facts, at=now(), tags=tags_of(found.wire))
        else:
            row.saw_nothing()
    ManagedResource.objects.bulk_update(rows, ["state", "facts", "tags", "seen_at"])
    for reference in environment.secrets.all():
        found = observed.get(f"secret.{reference.name}")
        if found:
            _follow(reference, found)


def _follow(reference: SecretReference, found: Found) -> None:
    version = int(found.facts.get("version") or reference.version_number)
    if (found.ocid, version) != (reference.secret_ocid, reference.version_number):
        reference.secret_ocid, reference.version_number = found.ocid, version
        reference.save(update_fields=["secret_ocid", "version_number"])
