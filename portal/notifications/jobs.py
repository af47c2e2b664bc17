"""The job that sends notices."""

from portal.jobs.definition import Done, Results, StepContext, StepResult
from portal.jobs.models import Job
from portal.jobs.routine import RoutineJob
from portal.jobs.states import JobState
from portal.lib.clock import now
from portal.notifications.delivery import deliver_all
from portal.notifications.models import Notice
from portal.notifications.outbox import submit_sending


class SendNotices(RoutineJob):
    """Sends what waits in the outbox, at once after an event and each minute."""

    name = "Send notifications"
    step = "send"

    def perform(self, ctx: StepContext) -> StepResult:
        """Send what is due."""
        return Done({"sent": deliver_all(ctx.say)})

    def finished(self, job: Job, results: Results) -> None:
        """Start again when something was written after the last look.

        This runs in the transaction that ends the job: a job submitted before it is this
        one; a job submitted afterwards waits for its end and is a new one.
        """
        missed = Notice.objects.due(now()).filter(written_at__gte=job.started_at)
        if job.state == JobState.SUCCEEDED and missed.exists():
            submit_sending()
