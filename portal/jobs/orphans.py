"""Jobs that no running worker can take: their kind is gone, or newer code made them."""

from datetime import timedelta

from django.db import transaction

from portal.jobs.models import Job, Worker

ORPHANED_AFTER = timedelta(minutes=2)


def settle_orphans() -> None:
    """Park such jobs once they have been due for a while; end those cancelled that called nothing.

    Call this from a worker that has run for as long itself: after the whole portal was down, every
    job is overdue.
    """
    overdue = Job.objects.unheld(ORPHANED_AFTER)
    if not overdue.exists():
        return
    with transaction.atomic():
        for job in overdue.select_for_update(skip_locked=True, of=("self",)):
            if Worker.any_can_run(job.kind, job.code_version):
                continue
            if job.cancel_requested_at and not job.undoing and not job.called_something:
                job.cancel_unrunnable()
            else:
                job.park_unrunnable()
