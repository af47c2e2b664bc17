"""The jobs of environments: plan, apply, destroy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from environments.desired import SHARED
from environments.kinds import KINDS
from environments.models import Environment, ManagedResource, Plan, SecretReference
from environments.models.resource import tags_of
from environments.reconcile.change import BUILDING, TAKES_AWAY, Change
from environments.reconcile.converge import Converge, Open
from environments.reconcile.destroy import make_destroy_plan
from environments.reconcile.graph import first
from environments.reconcile.job_spec import PlanJobSpec
from environments.reconcile.observe import observe
from environments.reconcile.plan import observed_digest
from environments.reconcile.planning import make_plan
from environments.reconcile.remove import Remove
from environments.reconcile.teardown import Removal
from portal.accounts.actor import Actor, may_still
from portal.accounts.models import User
from portal.cloud.client import client
from portal.jobs.definition import Done, JobKind, Step, StepContext, StepResult, Stop
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused

UNCHANGED = "check"
CLOSE = ":close"  # suffix of the step that shuts ports once traffic has moved
OUTSIDE = "outside the portal"  # set_by of a secret that had a typed value when it was adopted
Results = Mapping[str, dict[str, Any]]


class MakePlan(JobKind):
    """Compares an environment with OCI and keeps the plan."""

    mutating = False
    deadline = timedelta(minutes=10)

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Plan {'to destroy ' if job.spec.get('destroy') else ''}{job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """One step: look and compare."""
        return [Step("plan", self.plan, label="Compare the settings with OCI")]

    def plan(self, ctx: StepContext) -> StepResult:
        """Make the plan; the job's page links to it."""
        environment, actor, job = (
            Environment.objects.named(ctx.job.environment),
            ctx.job.actor,
            ctx.job.pk,
        )
        if ctx.spec.get("destroy"):
            user, empty = User.objects.get(pk=ctx.spec["requester"]), ctx.spec["empty"]
            made = make_destroy_plan(environment, requester=user, empty=empty, actor=actor, job=job)
        else:
            made = make_plan(environment, actor=actor, job=job)
        counts = ", ".join(f"{count} {action}" for action, count in made.counts.items())
        ctx.say(f"Plan {made.pk}: {counts}.")
        page = {"plan": made.pk, "url": made.get_absolute_url()}
        return Done({**page, "counts": made.counts, "digest": made.digest})


class StillAllowedJob(JobKind):
    """Changes an environment for somebody who still may, asked before each call to OCI."""

    def may(self, environment: Environment, user: User | None) -> bool:
        """Say whether the person may have this done."""
        raise NotImplementedError

    def admit(self, job: Job) -> None:
        """Ask again whether the person who started this still may."""
        environment = Environment.objects.named(job.environment)
        if not may_still(job.actor, partial(self.may, environment)):
            raise Refused(
                f"{Actor.parse(job.actor).account} may no longer change {environment}.",
                next_step="A person with permission can resume the job, or cancel it.",
            )


class PlanJob(StillAllowedJob):
    """Carries out one plan, when OCI is still as the plan saw it."""

    deadline = timedelta(
        hours=4
    )  # a database system takes tens of minutes, twice that on a bad day

    def steps(self, job: Job) -> list[Step]:
        """Return the check that OCI did not change, then the steps of the plan."""
        label = "Check that OCI has not changed since the plan"
        check = Step(UNCHANGED, self.check, label=label)
        return [check, *self.plan_steps(PlanJobSpec.from_json(job.spec))]

    def plan_steps(self, spec: PlanJobSpec) -> list[Step]:
        """Return a step for each change."""
        raise NotImplementedError

    def check(self, ctx: StepContext) -> StepResult:
        """Stop before the first change when somebody changed OCI after the plan was made."""
        spec = PlanJobSpec.from_json(ctx.spec)
        wanted = [change.want for change in spec.changes]
        ocids = {key: known.ocid for key, known in spec.known.items()}
        if (
            observed_digest(wanted, observe(client(spec.region), wanted, ocids))
            != spec.observed_digest
        ):
            stale = f"Plan {spec.plan} is stale: OCI was changed after the plan was made."
            raise Stop(f"{stale} Nothing was done.", "Make a new plan: it shows the change.")
        return Done()

    def finished(self, job: Job, results: Results) -> None:
        """Take over what was done, however far the job came."""
        environment, spec = (
            Environment.objects.named(job.environment),
            PlanJobSpec.from_json(job.spec),
        )
        complete = job.state == "succeeded"
        self.take_over(environment, spec, results, job, complete=complete)
        plan = Plan.objects.filter(pk=spec.plan).first()
        if plan is not None:
            plan.mark_applied() if complete else plan.mark_failed()

    def take_over(
        self,
        environment: Environment,
        spec: PlanJobSpec,
        results: Results,
        job: Job,
        *,
        complete: bool,
    ) -> None:
        """Bring the portal's rows to what was done."""
        raise NotImplementedError


class Apply(PlanJob):
    """Builds: a step for each change, side by side as far as they do not need each other."""

    def title(self, job: Job) -> str:
        """Name the plan."""
        return f"Apply plan {job.spec['plan']} to {job.environment}"

    def plan_steps(self, spec: PlanJobSpec) -> list[Step]:
        """Return the changes along their needs; kinds that are serialised one after the other.

        Ports are opened first, then traffic moves, and what is left over is closed last.
        """
        changes = {change.key: change for change in spec.changes if change.action in BUILDING}
        wanted = {change.key: change.want.all_needs() for change in spec.changes}
        moves = [key for key, one in changes.items() if KINDS[one.want.kind].moves_traffic]
        steps, last = list[Step](), dict[str, str]()  # last: key of the last change by serialize_by
        for key, change in changes.items():
            needs, kind = first(wanted, key, changes), KINDS[change.want.kind]
            if kind.serialize_by:
                needs |= {last[kind.serialize_by]} if kind.serialize_by in last else set()
                last[kind.serialize_by] = key
            if moves and change.action == TAKES_AWAY and kind.closes_ports:
                steps.append(
                    plan_step(
                        change, partial(self.open, change), sorted(needs), _label(change, "open")
                    )
                )
                steps.append(_close(change, partial(self.converge, change), moves))
            else:
                run = partial(self.converge, change)
                steps.append(plan_step(change, run, sorted(needs), _label(change)))
        return steps

    def open(self, change: Change, ctx: StepContext) -> StepResult:
        """Let in what is wanted of one resource, and shut nothing yet."""
        return Open(ctx, change).run()

    def converge(self, change: Change, ctx: StepContext) -> StepResult:
        """Work on one resource."""
        return Converge(ctx, change).run()

    def may(self, environment: Environment, user: User | None) -> bool:
        """Ask the predicate behind the button."""
        return environment.can_apply(user)

    def take_over(
        self,
        environment: Environment,
        spec: PlanJobSpec,
        results: Results,
        job: Job,
        *,
        complete: bool,
    ) -> None:
        """Remember what was built."""
        closed = {name.removesuffix(CLOSE): one for name, one in results.items() if CLOSE in name}
        results = {**results, **closed}
        built = [one for one in spec.changes if results.get(one.key, {}).get("ocid")]
        remember(environment, built, results, job)


class Destroy(PlanJob):
    """Destroys: a step for each resource that goes, in the reverse order of building."""

    def title(self, job: Job) -> str:
        """Name the plan."""
        return f"Destroy {job.environment} by plan {job.spec['plan']}"

    def plan_steps(self, spec: PlanJobSpec) -> list[Step]:
        """Return the removals: each when all that needs it is gone."""
        steps = []
        for removal in spec.removals:
            if removal.calls:
                scheduled = removal.action == "schedule"
                word = "Schedule the deletion of" if scheduled else "Delete"
                label = f"{word} {removal.kind} {removal.name}"
                steps.append(
                    plan_step(removal, partial(self.remove, removal), removal.needs, label)
                )
        return steps

    def remove(self, removal: Removal, ctx: StepContext) -> StepResult:
        """Work on one resource."""
        return Remove(ctx, removal).run()

    def may(self, environment: Environment, user: User | None) -> bool:
        """Ask the predicate behind the button, and that the environment was not protected since."""
        return environment.can_destroy(user) and not environment.protected

    def take_over(
        self,
        environment: Environment,
        spec: PlanJobSpec,
        results: Results,
        job: Job,
        *,
        complete: bool,
    ) -> None:
        """Forget what is gone; keep what waits for its day."""
        rows = spec.removals
        gone = {key for key, result in results.items() if result.get("gone")}
        gone |= {row.key for row in rows if row.whole in gone}
        shared = {row.key for row in rows if complete and row.want.owner == SHARED}
        environment.resources.filter(key__in=gone | shared).delete()
        waiting = [row for row in rows if results.get(row.key, {}).get("gone") is False]
        remember(environment, waiting, results, job)
        names = [key.removeprefix("secret.") for key in gone | {row.key for row in waiting}]
        environment.secrets.filter(name__in=names).delete()
        if complete:
            environment.clear_compartment()


def plan_step(
    change: Change, run: Callable[[StepContext], StepResult], needs: Sequence[str], label: str
) -> Step:
    """Return the step of one change."""
    timeout = KINDS[change.want.kind].timeout
    return Step(
        change.key, run, needs=list(needs) or [UNCHANGED], label=label, deadline_seconds=timeout
    )


def _label(change: Change, verb: str = "") -> str:
    verb = verb or ("update" if change.action == TAKES_AWAY else change.action)
    return f"{verb.capitalize()} {change.kind} {change.name}"


def _close(change: Change, run: Callable[[StepContext], StepResult], moves: Sequence[str]) -> Step:
    """Return the step that shuts what is left over, once traffic has moved."""
    step = plan_step(change, run, [change.key, *moves], _label(change, "close"))
    return replace(step, name=f"{change.key}{CLOSE}")


def remember(
    environment: Environment, changes: Sequence[Change], results: Results, job: Job
) -> None:
    """Keep what the steps built or adopted, or were still building when the job ended."""
    rows = [
        ManagedResource(
            environment=environment,
            key=change.key,
            kind=change.kind,
            name=_name(change, results[change.key]),
            ocid=results[change.key]["ocid"],
            state=results[change.key].get("state", "UNKNOWN"),
            facts=results[change.key].get("facts", {}),
            tags=tags_of(change.want.fields),
            job=job.pk,
            seen_at=now(),
        )
        for change in changes
    ]
    ManagedResource.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["environment", "key"],
        update_fields=["kind", "name", "ocid", "state", "facts", "tags", "job", "seen_at"],
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
        secrets,
        update_conflicts=True,
        unique_fields=["environment", "name"],
        update_fields=["secret_ocid", "version_number"],
    )
    given = [row.name for row in secrets if not _generated(rows, row.name)]
    environment.secrets.filter(name__in=given, set_by="").update(set_by=OUTSIDE)
    # Created now, or left over from before it was destroyed.
    compartment = environment.resource("compartment")
    if compartment is not None and compartment.ocid != environment.compartment_ocid:
        environment.set_compartment(compartment.ocid)


def _name(change: Change, result: Mapping[str, Any]) -> str:
    """Return its name: what was adopted may keep another than the blueprint's."""
    kept = change.want.kind in KINDS and KINDS[change.want.kind].any_name
    return str(result.get("name") or change.name) if kept else change.name


def _generated(rows: Sequence[ManagedResource], name: str) -> bool:
    """Say whether Vault generated the value of a secret, as far as OCI said when it was seen."""
    found = next(row for row in rows if row.key == f"secret.{name}")
    return bool(found.facts.get("generated", True))
