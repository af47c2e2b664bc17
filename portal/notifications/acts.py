"""What people may do to webhooks of notifications."""

import uuid
from functools import partial

from django.db import transaction

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.acts.spec import ActSpec, TokenScope
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from portal.notifications.models import Webhook
from portal.notifications.outbox import submit_sending, write_test


def send_test(webhook: Webhook, user: User) -> Job:
    """Send a test message to this webhook alone; return the job that sends it."""
    act = webhook.act(Verb.NOTIFY_WEBHOOK_TESTED)
    allow(Webhook.can_manage(user), user, "test notification webhooks", act)
    if webhook.turned_off_at:
        raise Refused(f"{webhook} is turned off.", next_step="Add it again.", act=act)
    with transaction.atomic():
        write_test(webhook, f"test:{uuid.uuid4()}")
        audit(act, actor=user.actor, detail={"name": webhook.name, "host": webhook.host})
        return submit_sending()


on_webhook = partial(ActSpec, model=Webhook, summary="notifications/_act_webhook.html")

TEST = on_webhook(
    "webhook.test",
    "Send test message",
    Verb.NOTIFY_WEBHOOK_TESTED,
    TokenScope.ADMIN,
    (Role.ADMIN,),
    lambda row, user: Webhook.can_manage(user),
    send_test,
    bulk=False,
    effect="Posts a test message. The list says whether it arrived.",
)
TURN_OFF = on_webhook(
    "webhook.turn_off",
    "Turn off",
    Verb.NOTIFY_WEBHOOK_OFF,
    TokenScope.ADMIN,
    (Role.ADMIN,),
    lambda row, user: Webhook.can_manage(user),
    Webhook.turn_off,
    effect="Posts nothing to it any more, for good: to use it again, add it again.",
)

ACTS = [TEST, TURN_OFF]
