"""What is told when a job needs an operator."""

from portal.jobs.models import Job
from portal.notifications.kinds import JOB_PARKED
from portal.notifications.outbox import notify


def tell_parked(job: Job) -> None:
    """Tell it once for each time that the job is parked."""
    where = f" at {job.at_step}" if job.at_step else ""
    notify(
        JOB_PARKED,
        job.environment,
        f"job:{job.pk}",
        f"{job.title} stopped{where}",
        f"{job.reason} {job.next_step}".strip(),
        job.get_absolute_url(),
        f"job:{job.pk}:parked:{job.epoch}",
    )
