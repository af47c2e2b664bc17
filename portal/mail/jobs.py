"""The job that sends e-mails."""

import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from portal.jobs.definition import Done, JobKind, Results, Step, StepContext, StepResult
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.jobs.states import JobState
from portal.lib.clock import now
from portal.mail.models import OutgoingEmail
from portal.mail.outbox import ACTOR, KIND, portal_url

BATCH = 200
SEND_ERRORS = (OSError, smtplib.SMTPException, ValueError)  # ValueError: an address or header
CLOSING = 421  # the server's "not now", to everybody


class Send(JobKind):
    """Sends what waits in the outbox.

    An e-mail may be sent twice when a worker dies; its Message-ID stays the same.
    """

    mutating = False
    routine = True

    def title(self, job: Job) -> str:
        """Say what it does."""
        return "Send mail"

    def steps(self, job: Job) -> list[Step]:
        """Return the one step."""
        return [Step("send", self.send, label="Send the e-mails that wait")]

    def send(self, ctx: StepContext) -> StepResult:
        """Try every e-mail that is due; trouble with the server itself ends the round."""
        sent, connection = 0, get_connection()
        for email in OutgoingEmail.objects.due(now())[:BATCH]:
            if not email.claim(now()):
                continue
            try:
                _message(email, connection).send()
            except SEND_ERRORS as error:
                name = type(error).__name__
                email.mark_failed(f"{name}: {error}")
                ctx.say(f"E-mail {email.pk} was not sent: {name}. It is tried again later.")
                if not is_about_one(error):
                    break
                continue
            email.mark_sent(now())
            sent += 1
        return Done({"sent": sent})

    def finished(self, job: Job, results: Results) -> None:
        """Start again for what was written after the last look, so that it does not wait.

        This runs in the transaction that ends the job: a job submitted before it is this one.
        """
        missed = OutgoingEmail.objects.due(now()).filter(written_at__gte=job.started_at)
        if job.state == JobState.SUCCEEDED and missed.filter(tries=0).exists():
            submit(KIND, actor=ACTOR, dedupe="mail")


def is_about_one(error: Exception) -> bool:
    """Say whether the server refused this e-mail, not to send any."""
    refused = (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
    if isinstance(error, refused):
        return error.smtp_code != CLOSING
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code != CLOSING for code, _ in error.recipients.values())
    return isinstance(error, ValueError | smtplib.SMTPNotSupportedError)


def _message(email: OutgoingEmail, connection: BaseEmailBackend) -> EmailMessage:
    host = portal_url("").partition("://")[2].partition(":")[0]
    headers = {"Message-ID": f"<email-{email.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(
        email.subject, email.body, to=[email.to], headers=headers, connection=connection
    )
