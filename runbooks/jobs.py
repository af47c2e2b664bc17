"""The jobs of runbooks: read an alarm back, poll all alarms, confirm a subscription."""

from datetime import timedelta
from typing import Any

from environments.models import Environment
from portal.cloud.client import client
from portal.jobs.definition import Done, JobKind, Step, StepContext, StepResult, Stop, Wait
from portal.jobs.models import Job
from portal.jobs.routine import RoutineJob, for_each
from portal.lib.clock import now
from releases.models import Deployment
from runbooks import containers
from runbooks.alarms import read
from runbooks.alarms.muted import check_by_probe
from runbooks.escalation import escalate_overdue
from runbooks.models import Alarm, Incident

READ_SECONDS = 10  # a flood of messages reads an alarm once in so long
FAILED_WITHIN = timedelta(days=1)


class ReadBack(JobKind):
    """Reads one alarm from Monitoring: a message was only a hint."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=10)

    def title(self, job: Job) -> str:
        """Say for what."""
        return f"Read an alarm of {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """One step, which comes again while messages arrive."""
        return [Step("read", self.read, label="Ask Monitoring")]

    def read(self, ctx: StepContext) -> StepResult:
        """Read, act, and read again later when a message came in the meantime."""
        alarm = Alarm.objects.select_related("environment").filter(pk=ctx.spec["alarm"]).first()
        if alarm is None:
            raise Stop("The alarm is not known any more.")
        since = (now() - alarm.read_at).total_seconds() if alarm.read_at else READ_SECONDS
        if since < READ_SECONDS:
            return Wait(READ_SECONDS - since, "it was read just now")
        began = now()
        seen = read.read_statuses(
            alarm.environment, client(alarm.environment.home_region), display_name=alarm.name
        )
        for words in read.apply_statuses([alarm], seen, actor=ctx.job.as_actor, job=ctx.job.pk):
            ctx.say(words)
        alarm.refresh_from_db()
        if alarm.hinted_at and alarm.hinted_at > began:
            return Wait(READ_SECONDS, "a message came in the meantime")
        return Done({"status": alarm.status})


class PollAlarms(JobKind):
    """Reads the alarms of every environment: what holds when messages are lost."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=10)

    def title(self, job: Job) -> str:
        """Name it."""
        return "Poll alarms"

    def steps(self, job: Job) -> list[Step]:
        """Look at our own deployments, then at OCI; one does not wait for the other."""
        return [
            Step("deployments", self.deployments, label="Check for failed releases"),
            Step("alarms", self.alarms, label="Ask Monitoring", attempts=2),
            Step("containers", self.containers, label="Check live containers", attempts=2),
        ]

    def deployments(self, ctx: StepContext) -> StepResult:
        """Open an incident for a deployment that failed; resolve it when a later one is live."""
        actor = ctx.job.as_actor
        for deployment in _failed_without_incident():
            words = deployment.note or "The deployment failed; its job says at which step."
            incident = Incident.objects.open_for_deployment(deployment, actor=actor, words=words)
            ctx.say(f"Opened incident {incident.pk}: {incident.title}")
        for incident in (
            Incident.objects.open()
            .exclude(deployment=None)
            .select_related("environment", "deployment")
        ):
            later = incident.deployment and _live_after(incident.deployment)
            if later and incident.resolve(f"{later.release.version} is live.", actor=actor):
                ctx.say(f"Resolved incident {incident.pk}")
        return Done()

    def alarms(self, ctx: StepContext) -> StepResult:
        """Read environment by environment; where one cannot be asked, the others are read."""
        built = Environment.objects.exclude(compartment_ocid="")
        return Done(for_each(ctx, built, lambda one: self._poll(ctx, one)))

    def containers(self, ctx: StepContext) -> StepResult:
        """Look after what no deployment watches any more."""
        actor, built = ctx.job.as_actor, Environment.objects.exclude(compartment_ocid="")
        return Done(
            for_each(
                ctx, built, lambda one: containers.check(one, client(one.home_region), actor=actor)
            )
        )

    def _poll(self, ctx: StepContext, environment: Environment) -> str:
        cloud = client(environment.home_region)
        read.update_definitions(environment, cloud)
        seen = read.read_statuses(environment, cloud)
        alarms = list(Alarm.objects.filter(environment=environment))
        for words in read.apply_statuses(alarms, seen, actor=ctx.job.as_actor, job=ctx.job.pk):
            ctx.say(words)
        opened = check_by_probe(environment, actor=ctx.job.as_actor)
        if opened:
            ctx.say(opened)
        return ", ".join(sorted({row["status"] for row in seen.values()})) or "no alarms"


class Escalate(RoutineJob):
    """Tells the person on call, then all admins, of incidents that no one acknowledges."""

    name = "Escalate incidents"
    step = "escalate"

    def perform(self, ctx: StepContext) -> StepResult:
        """Escalate what is overdue."""
        done = list(escalate_overdue(now(), actor=ctx.job.as_actor))
        for words in done:
            ctx.say(words)
        return Done({"escalated": len(done)})


class Confirm(JobKind):
    """Confirms the subscription of the portal's own webhook; by OCI's own operation, no
    address from a message is opened.
    """

    mutating = False
    deadline = timedelta(hours=1)

    def title(self, job: Job) -> str:
        """Say for what."""
        return f"Confirm the alarm subscription of {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """Look whose it is, then confirm."""
        return [
            Step("check", self.check, label="Check that it is our own"),
            Step("confirm", self.confirm, needs=["check"], label="Confirm"),
        ]

    def check(self, ctx: StepContext) -> StepResult:
        """Refuse a subscription of another topic, or one that delivers somewhere else."""
        found = self._read(ctx)
        if found["topicId"] != ctx.spec["topic"]:
            raise Stop("The subscription belongs to another topic; it was not confirmed.")
        return Done({"state": found["lifecycleState"]})

    def confirm(self, ctx: StepContext) -> StepResult:
        """Confirm unless somebody has."""
        if self._read(ctx)["lifecycleState"] == "ACTIVE":
            return Done({"state": "ACTIVE"})
        ctx.change(
            "ons_data",
            "get_confirm_subscription",
            ctx.spec["subscription"],
            ctx.spec["token"],
            "CUSTOM_HTTPS",
            target=ctx.spec["subscription"],
            find=lambda: self._active(ctx),
        )
        return Done({"state": "ACTIVE"})

    def _active(self, ctx: StepContext) -> dict[str, Any] | None:
        found = self._read(ctx)
        return found if found["lifecycleState"] == "ACTIVE" else None

    def _read(self, ctx: StepContext) -> dict[str, Any]:
        cloud = client(Environment.objects.named(ctx.job.environment).home_region)
        found: dict[str, Any] = cloud.read(
            "ons_data", "get_subscription", ctx.spec["subscription"]
        ).data
        return found


def _failed_without_incident() -> list[Deployment]:
    failed = Deployment.objects.filter(
        state=Deployment.State.FAILED, ended_at__gte=now() - FAILED_WITHIN, incidents=None
    )
    return list(failed.select_related("environment", "release"))


def _live_after(deployment: Deployment) -> Deployment | None:
    later = (
        Deployment.objects.of(deployment.environment_id)
        .live()
        .filter(live_at__gt=deployment.ended_at or deployment.started_at)
    )
    return later.first()
