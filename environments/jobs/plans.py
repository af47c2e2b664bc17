"""The jobs of environments: plan, apply, destroy."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from environments.desired import SHARED, Desired
from environments.models import Environment, ManagedResource, Plan, SecretReference
from environments.models.resource import tags_of
from environments.reconcile.converge import Converge, kind_of
from environments.reconcile.destroy import make_destroy_plan
from environments.reconcile.graph import first
from environments.reconcile.observe import observe
from environments.reconcile.plan import observed_digest
from environments.reconcile.planning import make_plan
from environments.reconcile.remove import Remove
from portal.accounts.models import User
from portal.cloud.door import door
from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext, Stop
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused

UNCHANGED = "check"
WORK = ("create", "update", "replace", "adopt")
GOING = ("delete", "schedule")


class MakePlan(JobKind):
    """Compares an environment with OCI and keeps the plan."""

    mutating = False
    deadline = timedelta(minutes=10)

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Plan {'to take down ' if job.spec.get('destroy') else ''}{job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """One step: look and compare."""
        return [Step("plan", self.plan, label="Compare the settings with OCI")]

    def plan(self, ctx: StepContext) -> Outcome:
        """Make the plan; the job's page links to it."""
        environment, actor, job = Environment.objects.named(ctx.job.environment), ctx.job.actor, ctx.job.pk
        if ctx.spec.get("destroy"):
            asked = User.objects.get(pk=ctx.spec["requester"])
            made = make_destroy_plan(environment, requester=asked, empty=ctx.spec["empty"], actor=actor, job=job)
        else:
            made = make_plan(environment, actor=actor, job=job)
        ctx.say(f"Plan {made.pk}: {', '.join(f'{count} {action}' for action, count in made.counts.items())}.")
        return Done({"plan": made.pk, "url": made.get_absolute_url(), "counts": made.counts, "digest": made.digest})


class CarriesOut(JobKind):
    """Carries out one plan, when OCI is still as the plan saw it, for somebody who still may."""

    deadline = timedelta(hours=4)  # a database system takes tens of minutes, twice that on a bad day

    def check(self, ctx: StepContext) -> Outcome:
        """Stop before the first change when somebody changed OCI after the plan was made."""
        wanted = [Desired.from_json(change["desired"]) for change in ctx.spec["changes"]]
        ocids = {key: known["ocid"] for key, known in ctx.spec["known"].items()}
        seen = observed_digest(wanted, observe(door(ctx.spec["region"]), wanted, ocids))
        if seen != ctx.spec["observed_digest"]:
            raise Stop(
                f"Plan {ctx.spec['plan']} is stale: OCI was changed after the plan was made. Nothing was done.",
                "Make a new plan: it shows the change.",
            )
        return Done()

    def may(self, environment: Environment, person: User | None) -> bool:
        """Say whether the person may have such a plan carried out."""
        raise NotImplementedError

    def admit(self, job: Job) -> None:
        """Ask again, before each call, whether the person who started this still may."""
        environment = Environment.objects.named(job.environment)
        word, _, name = job.actor.partition(":")
        name = name.rpartition("/")[0] if word == "token" else name  # a token is named after its owner
        person = User.objects.filter(username=name).first()
        if word in ("user", "token") and not self.may(environment, person):
            raise Refused(
                f"{name} may no longer change {environment}.", next_step="Somebody who may can resume the job, or cancel it."
            )


class Apply(CarriesOut):
    """Builds: a step for each change, side by side as far as they do not need each other."""

    def title(self, job: Job) -> str:
        """Name the plan."""
        return f"Apply plan {job.spec['plan']} to {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """Return the check that nothing moved, then the changes along their needs; one at a time within a lane."""
        changes = {change["key"]: change for change in job.spec["changes"] if change["action"] in WORK}
        wanted = {change["key"]: Desired.from_json(change["desired"]).all_needs() for change in job.spec["changes"]}
        steps, last_of_lane = [Step(UNCHANGED, self.check, label="Check that OCI is as the plan saw it")], dict[str, str]()
        for key, change in changes.items():
            needs = first(wanted, key, changes)
            lane = kind_of(change).lane
            if lane:
                needs |= {last_of_lane[lane]} if lane in last_of_lane else set()
                last_of_lane[lane] = key
            label = f"{change['action'].capitalize()} {change['kind']} {change['name']}"
            steps.append(
                Step(
                    key,
                    partial(self.converge, change),
                    needs=sorted(needs) or [UNCHANGED],
                    label=label,
                    deadline_seconds=kind_of(change).patience,
                )
            )
        return steps

    def converge(self, change: Mapping[str, Any], ctx: StepContext) -> Outcome:
        """Work on one resource."""
        return Converge(ctx, change).run()

    def may(self, environment: Environment, person: User | None) -> bool:
        """Ask the predicate behind the button."""
        return environment.can_apply(person)

    def finished(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        """Remember what was built, however far the job came."""
        environment = Environment.objects.named(job.environment)
        built = [(change, results[change["key"]]) for change in job.spec["changes"] if results.get(change["key"], {}).get("ocid")]
        remember(environment, built, job)
        plan = Plan.objects.filter(pk=job.spec["plan"]).first()
        if plan is not None:
            plan.mark_applied() if job.state == "succeeded" else plan.mark_failed()


class Destroy(CarriesOut):
    """Takes down: a step for each resource that goes, in the reverse order of building, side by side where that is possible."""

    def title(self, job: Job) -> str:
        """Name the plan."""
        return f"Take down {job.environment} by plan {job.spec['plan']}"

    def steps(self, job: Job) -> list[Step]:
        """Return the check that nothing moved, then the removals: each when all that needs it is gone."""
        going = [row for row in job.spec["removals"] if row["action"] in GOING and not row["whole"]]
        steps = [Step(UNCHANGED, self.check, label="Check that OCI is as the plan saw it")]
        for row in going:
            word = "Schedule the deletion of" if row["action"] == "schedule" else "Delete"
            label, patience = f"{word} {row['kind']} {row['name']}", kind_of(row).patience
            run = partial(self.remove, row)
            steps.append(Step(row["key"], run, needs=row["needs"] or [UNCHANGED], label=label, deadline_seconds=patience))
        return steps

    def remove(self, row: Mapping[str, Any], ctx: StepContext) -> Outcome:
        """Work on one resource."""
        return Remove(ctx, row).run()

    def may(self, environment: Environment, person: User | None) -> bool:
        """Ask the predicate behind the button, and that nobody protected the environment meanwhile."""
        return environment.can_destroy(person) and not environment.protected

    def finished(self, job: Job, results: Mapping[str, dict[str, Any]]) -> None:
        """Forget what is gone, however far the job came; what waits for its day is kept."""
        environment, whole = Environment.objects.named(job.environment), job.state == "succeeded"
        forget(environment, job, results, whole=whole)
        plan = Plan.objects.filter(pk=job.spec["plan"]).first()
        if plan is not None:
            plan.mark_applied() if whole else plan.mark_failed()


def forget(environment: Environment, job: Job, results: Mapping[str, dict[str, Any]], *, whole: bool) -> None:
    """Drop the rows of what is gone; of a whole environment also those of what others share with it."""
    gone = {key for key, result in results.items() if result.get("gone")}
    rows = job.spec["removals"]
    gone |= {row["key"] for row in rows if row["whole"] in gone}
    shared = {row["key"] for row in rows if whole and row["desired"]["owner"] == SHARED}
    environment.resources.filter(key__in=gone | shared).delete()
    waiting = {key: result for key, result in results.items() if result.get("gone") is False}
    remember(environment, [(row, waiting[row["key"]]) for row in rows if row["key"] in waiting], job)
    environment.secrets.filter(name__in=[key.removeprefix("secret.") for key in gone | waiting.keys()]).delete()
    if whole:
        environment.clear_compartment()


def remember(environment: Environment, built: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], job: Job) -> None:
    """Keep what the steps built or adopted, or were still building when the job ended."""
    rows = [
        ManagedResource(
            environment=environment,
            key=change["key"],
            kind=change["kind"],
            name=change["name"],
            ocid=result["ocid"],
            state=result.get("state", "UNKNOWN"),
            facts=result.get("facts", {}),
            tags=tags_of(change["desired"]["fields"]),
            job=job.pk,
            seen_at=now(),
        )
        for change, result in built
    ]
    taken_over = ["kind", "name", "ocid", "state", "facts", "tags", "job", "seen_at"]
    ManagedResource.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["environment", "key"], update_fields=taken_over
    )
    secrets = [
        SecretReference(
            environment=environment,
            name=row.key.removeprefix("secret."),
            secret_ocid=row.ocid,
            version_number=int(row.facts.get("version") or 1),
        )
        for row in rows
        if row.key.startswith("secret.")
    ]
    SecretReference.objects.bulk_create(
        secrets, update_conflicts=True, unique_fields=["environment", "name"], update_fields=["secret_ocid", "version_number"]
    )
    compartment = environment.resource("compartment")  # made now, or left over from before it was taken down
    if compartment is not None and compartment.ocid != environment.compartment_ocid:
        environment.set_compartment(compartment.ocid)
