"""The job that looks for drift: every ten minutes, and on demand."""

from datetime import timedelta

from environments.drift.detect import detect
from environments.models import Environment
from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext
from portal.jobs.models import Job

MOVING = ("environments.apply", "environments.destroy")


class Drift(JobKind):
    """Compares every environment with OCI and keeps the differences; changes nothing."""

    mutating = False
    routine = True
    deadline = timedelta(minutes=10)

    def title(self, job: Job) -> str:
        """Say for what."""
        return f"Drift of {job.environment or 'all environments'}"

    def steps(self, job: Job) -> list[Step]:
        """One step: look at each environment in turn."""
        return [Step("look", self.look, label="Compare with OCI")]

    def look(self, ctx: StepContext) -> Outcome:
        """Keep a report for each environment that was ever built."""
        chosen = Environment.objects.filter(slug=ctx.job.environment) if ctx.job.environment else Environment.objects.all()
        return Done({environment.slug: _words(environment) for environment in chosen.exclude(compartment_ocid="")})


def _words(environment: Environment) -> str:
    """Look, but not while the portal itself is at work there: half of an apply is no drift."""
    if Job.objects.active(environment.slug).filter(kind__in=MOVING).exists():
        return "not looked: an apply is at work"
    return detect(environment).words
