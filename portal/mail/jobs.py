"""The job that sends letters."""

import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from portal.jobs.definition import Done, JobKind, Outcome, Step, StepContext
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.mail.models import Letter
from portal.mail.outbox import link

MOST = 200
TROUBLE = (OSError, smtplib.SMTPException)


class Send(JobKind):
    """Sends what waits in the outbox. A letter may leave twice when a worker dies; its Message-ID stays the same."""

    mutating = False
    routine = True

    def title(self, job: Job) -> str:
        """Say what it does."""
        return "Send mail"

    def steps(self, job: Job) -> list[Step]:
        """One step: each letter in turn."""
        return [Step("send", self.send, label="Send the letters that wait")]

    def send(self, ctx: StepContext) -> Outcome:
        """Try every letter that is due; the first one that the server does not take ends the round."""
        sent, connection = 0, get_connection()
        for letter in Letter.objects.due(now())[:MOST]:
            if not letter.claim(now()):
                continue
            try:
                _message(letter, connection).send()
            except TROUBLE as error:
                letter.mark_failed(f"{type(error).__name__}: {error}")
                ctx.say(f"Letter {letter.pk} did not leave: {type(error).__name__}. It is tried again later.")
                break
            letter.mark_sent(now())
            sent += 1
        return Done({"sent": sent})


def _message(letter: Letter, connection: BaseEmailBackend) -> EmailMessage:
    host = link("").partition("://")[2].partition(":")[0]
    headers = {"Message-ID": f"<letter-{letter.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(letter.subject, letter.body, to=[letter.to], headers=headers, connection=connection)
