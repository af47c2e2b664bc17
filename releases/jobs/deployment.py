"""The jobs that change what runs: deploy a release, roll back, change the scale."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from environments.models import Environment
from portal.audit.verbs import Verb
from portal.jobs.definition import JobKind, Step
from portal.jobs.models import Call, Job
from portal.jobs.states import CallOutcome, JobState
from releases.approvals import blockers
from releases.deployment import dispatch, finish, rollback, sequence
from releases.deployment.job_specs import DeploySpec, RollbackSpec, ScaleSpec
from releases.deployment.starter import check_starter
from releases.deployment.steps import remove_instances
from releases.models import Deployment, Release
from releases.scaling import scale

Results = Mapping[str, dict[str, Any]]


class TrafficJob(JobKind):
    """A job whose deadline comes after those of its steps: it must not park between two of them."""

    def limit(self, steps: Sequence[Step]) -> timedelta:
        return timedelta(seconds=sum(step.deadline_seconds for step in steps))


class DeployJob(TrafficJob):
    """Runs a release beside the live one, moves the traffic, tests it; undoes failures."""

    def title(self, job: Job) -> str:
        return f"Deploy {DeploySpec.from_json(job.spec).plan.version} to {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        return sequence.deploy(DeploySpec.from_json(job.spec).plan)

    def compensation(self, job: Job, results: Results) -> list[Step]:
        return sequence.undo_deploy(DeploySpec.from_json(job.spec).plan, results)

    def admit(self, job: Job) -> None:
        """Ask again, before every call, whether the release may run."""
        if job.undoing:
            return
        rows = Release.objects.select_related("environment", "requested_by")
        release = rows.get(job=job)
        act = release.act(Verb.RELEASE_DEPLOY)
        dispatch.check_may_run(release, Release.State.DEPLOYING)
        check_starter(job, release.can_deploy, act, f"deploy release {release.pk}")
        if not Call.objects.filter(step__job=job).exclude(outcome=CallOutcome.NOT_DONE).exists():
            blockers.refuse_start(release)

    def finished(self, job: Job, results: Results) -> None:
        finish.finish_deployment(job, results)


class RollbackJob(TrafficJob):
    """Gives the traffic back: to kept instances, or to new ones of the old images."""

    def title(self, job: Job) -> str:
        spec = RollbackSpec.from_json(job.spec)
        return f"Roll back {job.environment} from {spec.live.version} to {spec.kept.version}"

    def steps(self, job: Job) -> list[Step]:
        spec = RollbackSpec.from_json(job.spec)
        if spec.mode == rollback.INSTANT:
            return sequence.rollback(spec)
        return sequence.deploy(spec.plan)

    def compensation(self, job: Job, results: Results) -> list[Step]:
        spec = RollbackSpec.from_json(job.spec)
        if spec.mode == rollback.INSTANT:
            return sequence.undo_rollback(spec, results)
        return sequence.undo_deploy(spec.plan, results)

    def admit(self, job: Job) -> None:
        act = Environment.objects.named(job.environment).act(Verb.RELEASE_ROLLBACK)
        check_starter(job, rollback.can_roll_back, act, f"roll back {job.environment}")

    def finished(self, job: Job, results: Results) -> None:
        finish.finish_rollback(job, results)


class ScaleJob(TrafficJob):
    """Adds instances before it drains others, so that the traffic always has enough."""

    def title(self, job: Job) -> str:
        target = ScaleSpec.from_json(job.spec).settings
        counts = f"{target['api_instances']} API instances, {target['worker_instances']} workers"
        return f"Scale {job.environment} to {counts}"

    def steps(self, job: Job) -> list[Step]:
        return sequence.scale(ScaleSpec.from_json(job.spec))

    def compensation(self, job: Job, results: Results) -> list[Step]:
        return sequence.undo_scale(ScaleSpec.from_json(job.spec), results)

    def admit(self, job: Job) -> None:
        act = Environment.objects.named(job.environment).act(Verb.RELEASE_SCALE)
        check_starter(job, scale.can_scale, act, f"scale {job.environment}")

    def finished(self, job: Job, results: Results) -> None:
        """Keep which instances run now; the settings follow a good end alone."""
        done = job.state == JobState.SUCCEEDED
        if not done and not remove_instances.begun(results):
            return
        spec = ScaleSpec.from_json(job.spec)
        live, gone = Deployment.objects.get(pk=spec.deployment), spec.remove.as_json()
        made = sequence.instances(spec.plan, results)
        api = [one for one in live.api if one not in gone["api"]]
        workers = [one for one in live.workers if one not in gone["worker"]]
        live.set_instances(api=api + made["api"], workers=workers + made["workers"])
        if done:
            scale.store_settings(job.environment, spec.settings, actor=job.as_actor, job=job.pk)
