"""The two Celery tasks of the product. Losing, doubling or delaying either changes nothing."""

from celery import shared_task

from portal.jobs import bootstep, schedules


@shared_task(name="portal.jobs.tasks.ring", ignore_result=True)
def ring(job_id: str) -> None:
    """Tell this worker's runner that a job is due."""
    bootstep.ring()


@shared_task(name="portal.jobs.tasks.tick", ignore_result=True)
def tick() -> None:
    """Submit what the schedules have due."""
    schedules.tick()
    bootstep.ring()
