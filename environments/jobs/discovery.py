"""The job that looks for what was built by hand."""

from datetime import timedelta

from environments.adoption.discover import discover_for
from environments.models import Environment
from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext, Stop
from portal.jobs.models import Job


class Discover(JobKind):
    """Looks into the compartment and the tenancy for what an environment could be made of; changes nothing."""

    mutating = False
    deadline = timedelta(minutes=10)

    def title(self, job: Job) -> str:
        """Name the environment."""
        return f"Look for what was built by hand for {job.environment}"

    def steps(self, job: Job) -> list[Step]:
        """One step: look and match."""
        return [Step("look", self.look, label="Discover and match")]

    def look(self, ctx: StepContext) -> Outcome:
        """Keep what was found; the job's page leads to it."""
        environment = Environment.objects.named(ctx.job.environment)
        found = discover_for(environment, choices=ctx.spec.get("choices") or {})
        if found.problem:
            raise Stop(found.problem)
        ctx.say(f"{found.summary}.")
        return Done({"page": {"url": f"{environment.get_absolute_url()}adopt/"}, "found": found.summary})
