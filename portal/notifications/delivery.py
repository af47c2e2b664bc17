"""Delivers messages, each receiver by itself: a dead or hanging one delays no other."""

import logging
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from urllib.parse import urlsplit

from django.db import connections, transaction

from portal.accounts.roles import has_role
from portal.lib.clock import now
from portal.lib.http import Client, NoReply
from portal.mail.outbox import portal_url, queue_email
from portal.notifications.addresses import problem_of_address
from portal.notifications.bodies import OutgoingMessage, ToldEvent, encode, mail_text, sign
from portal.notifications.kinds import TITLES
from portal.notifications.models import Channel, Notice, Webhook, WebhookFormat

log = logging.getLogger(__name__)
THREADS = 8
SECONDS = 5  # that a receiver has to answer
ANSWER_BYTES = 64 * 1024
LOOK_SECONDS = 0.2  # how soon what was written meanwhile is noticed
MOST = 200  # messages to one receiver in one round
Receiver = tuple[str, str]


def deliver_all(say: Callable[[str], None]) -> int:
    """Send what is due to every receiver, each in a thread of its own, until nothing is due.

    Return how many messages were sent. What is written meanwhile is sent in the same round, while
    a receiver hangs too.
    """
    sent, busy, broken = 0, dict[Future[int], Receiver](), set[Receiver]()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="notify") as pool:
        while True:
            for receiver in Notice.objects.due_receivers(now()):
                if receiver not in busy.values() and receiver not in broken:
                    busy[pool.submit(_in_thread, receiver)] = receiver
            if not busy:
                return sent
            done, _ = wait(busy, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                receiver = busy.pop(future)
                if error := future.exception():
                    broken.add(receiver)  # a fault of the portal: it must not end in a loop
                    words = f"{type(error).__name__}. It is tried again later."
                    say(f"{' '.join(receiver)}: {words}")
                else:
                    sent += future.result()


def deliver(channel: str, receiver: str) -> int:
    """Send a receiver what is due, until it fails; return how many messages it took."""
    for number in range(MOST):
        rows = Notice.objects.claim_message(channel, receiver, now())
        if not rows:
            return number
        if channel == Channel.MAIL:
            _hand_to_mail(rows)
        elif problem := _post(rows):
            Notice.objects.mark_failed(rows, problem, now())
            return number
    return MOST


def _in_thread(receiver: Receiver) -> int:
    try:
        return deliver(*receiver)
    except Exception:
        log.exception("notifications: %s %s", *receiver)
        raise
    finally:
        connections.close_all()


def _hand_to_mail(rows: list[Notice]) -> None:
    """Write the e-mail and note it in one transaction: it is handed over exactly once."""
    person = rows[0].user
    with transaction.atomic():
        if person is not None and has_role(person):
            message = _message(rows)
            settings_page = portal_url("/notifications/")
            footer = f"You choose what you are told of at {settings_page}"
            queue_email([person], message.heading, mail_text(message, footer))
        Notice.objects.mark_sent(rows, now())


def _post(rows: list[Notice]) -> str:
    """Post a message to its webhook; return why it did not arrive, empty when it did."""
    webhook = rows[0].webhook
    assert webhook is not None  # noqa: S101 - a notice of this channel has one
    problem = _send(webhook, _message(rows))
    with transaction.atomic():
        webhook.note_result(problem)
        if not problem:
            Notice.objects.mark_sent(rows, now())
    return problem


def _send(webhook: Webhook, message: OutgoingMessage) -> str:
    address = webhook.address
    if not address:
        return "Its address cannot be decrypted any more: add the webhook again."
    if problem := problem_of_address(address):
        return f"Its address is not allowed: {problem}"
    body, moment = encode(message, webhook.format), int(now().timestamp())
    headers = {"Content-Type": "application/json", "X-Portal-Delivery": message.id}
    if webhook.format == WebhookFormat.JSON:
        headers["X-Portal-Timestamp"] = str(moment)
        headers["X-Portal-Signature"] = sign(webhook.key, moment, body)
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    client = Client(f"{parts.scheme}://{parts.netloc}", max_body=ANSWER_BYTES)
    try:
        reply = client.send("POST", path, headers=headers, body=body, timeout=SECONDS)
    except NoReply as error:
        return f"{webhook.host}: {error}"
    return "" if 200 <= reply.status < 300 else f"{webhook.host} answered {reply.status}."


def _message(rows: list[Notice]) -> OutgoingMessage:
    return OutgoingMessage(
        id=str(rows[0].message),
        kind=rows[0].kind,
        kind_title=TITLES.get(rows[0].kind, rows[0].kind),
        events=[
            ToldEvent(
                row.title,
                row.words,
                portal_url(row.url),
                row.subject,
                row.environment,
                row.written_at.isoformat(),
            )
            for row in rows
        ],
    )
