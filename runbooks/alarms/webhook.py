"""Takes messages of OCI Notifications: checks the sender, keeps each message once, submits a
reading of Monitoring.
"""

import base64
import binascii
import hmac
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from environments.models import Environment, ManagedResource
from portal.accounts.refusals import note
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import StepRow
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Invalid, Refused
from portal.lib.retention import delete_older
from runbooks.alarms.message import LARGEST_BYTES, Message, parse
from runbooks.models import Alarm, Notification

ACTOR = "system:notifications"
_MASKED = ("UnsubscribeURL", "ConfirmationURL")  # who holds their token can end the subscription


class Unauthorized(Refused):
    """The sender has not said who it is, or not rightly."""

    status = 401


class NoCredentials(Unauthorized):
    """The first call of every delivery, which comes without credentials: no attempt yet."""


class MessageTooLarge(Refused):
    """More than OCI Notifications ever sends."""

    status = 413


class WrongMethod(Refused):
    """OCI Notifications posts."""

    status = 405


@csrf_exempt  # it carries no cookie: the sender proves itself with a password
def oci_notifications(request: HttpRequest) -> JsonResponse:
    """Answer within OCI's five seconds: one row, and the work is a job."""
    try:
        _check_request(request)
        _check_sender(request)
        message = parse(request.headers, _content(request), now=now())
        environment = _environment_of(message.headers["TopicOcid"])
        fresh = _keep(environment, message)
    except Refused as error:
        return _refused(request, error)
    return JsonResponse({"status": "kept" if fresh else "known already"})


def _check_request(request: HttpRequest) -> None:
    if request.method != "POST":
        raise WrongMethod("Messages are posted.")
    if request.META.get("QUERY_STRING"):
        raise Invalid("The address takes no query string.")


def _check_sender(request: HttpRequest) -> None:
    """Compare in constant time; the first call comes without credentials, to be told which
    are asked for.
    """
    if not settings.WEBHOOK_PASSWORD:
        raise Unauthorized("WEBHOOK_PASSWORD is not set: no sender can prove itself.")
    given = request.headers.get("Authorization", "")
    if not given:
        raise NoCredentials("Authentication is required.")
    scheme, _, value = given.partition(" ")
    try:
        pair = base64.b64decode(value, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        pair = b""
    if not hmac.compare_digest(
        pair, f"{settings.WEBHOOK_USER}:{settings.WEBHOOK_PASSWORD}".encode()
    ):
        raise Unauthorized("These are not the webhook's user and password.")


def _content(request: HttpRequest) -> bytes:
    announced = request.headers.get("Content-Length", "")
    if not announced.isdigit():
        raise Invalid("The header Content-Length is missing.")
    if int(announced) > LARGEST_BYTES:
        raise MessageTooLarge(f"A message holds at most {LARGEST_BYTES} bytes.")
    return request.body


def _environment_of(topic: str) -> Environment:
    """Return whose topic it is; while an apply is under way only its ledger knows the new topic."""
    known = (
        ManagedResource.objects.filter(key="topic", ocid=topic)
        .select_related("environment")
        .first()
    )
    if known:
        return known.environment
    step = (
        StepRow.objects.filter(name="topic", result__ocid=topic, job__kind="environments.apply")
        .select_related("job")
        .first()
    )
    found = Environment.objects.filter(slug=step.job.environment).first() if step else None
    if found is None:
        act = Act(Verb.WEBHOOK_RECEIVED, f"topic:{topic[:255]}")
        raise Forbidden("This topic does not belong to the portal.", act=act)
    return found


@transaction.atomic
def _keep(environment: Environment, message: Message) -> bool:
    """Keep the message and order what it asks for; a message that is kept already changes
    nothing.
    """
    row = Notification(
        message_id=message.message_id,
        environment=environment,
        topic_ocid=message.headers["TopicOcid"],
        kind=message.kind,
        headers={name: _masked(name, value) for name, value in message.headers.items()},
        body={name: _masked(name, value) for name, value in message.body.items()},
        alarms=message.alarms,
    )
    if not Notification.objects.add(row):
        return False
    detail = {"kind": row.kind, "message": row.message_id, "alarms": row.alarms}
    act = Act(Verb.WEBHOOK_RECEIVED, f"topic:{row.topic_ocid}", environment.slug)
    audit(act, actor=ACTOR, detail=detail)
    if message.confirmation:
        _submit_confirmation(environment, message)
    else:
        _submit_readings(environment, message)
    return True


def _submit_confirmation(environment: Environment, message: Message) -> None:
    subscription = message.headers.get("SubscriptionId", "")
    if not subscription or not message.token:
        raise Invalid(
            "A confirmation needs the header X-OCI-NS-SubscriptionId and a token in its address."
        )
    spec = {
        "subscription": subscription,
        "topic": message.headers["TopicOcid"],
        "token": message.token,
    }
    submit(
        "runbooks.confirm",
        environment=environment.slug,
        spec=spec,
        actor=ACTOR,
        dedupe=subscription,
    )


def _submit_readings(environment: Environment, message: Message) -> None:
    """Order one look at each alarm that the portal knows; the others are the next poll's,
    within a minute.
    """
    for alarm in Alarm.objects.hinted(message.alarms, at=now(), vanished=message.vanished):
        submit(
            "runbooks.readback",
            environment=environment.slug,
            spec={"alarm": alarm.pk},
            actor=ACTOR,
            dedupe=f"alarm:{alarm.pk}",
        )


def _masked(name: str, value: Any) -> Any:
    return str(value).partition("?")[0] if name in _MASKED else value


def _refused(request: HttpRequest, error: Refused) -> JsonResponse:
    if not isinstance(error, (NoCredentials, WrongMethod)):
        error.act = replace(error.act, verb=error.act.verb or Verb.WEBHOOK_RECEIVED)
        note(request, error)
    answer = JsonResponse({"error": error.message}, status=error.status)
    if isinstance(error, Unauthorized):
        answer["WWW-Authenticate"] = 'Basic realm="portal webhook", charset="UTF-8"'
    if isinstance(error, WrongMethod):
        answer["Allow"] = "POST"
    return answer


def delete_old() -> int:
    """Delete the messages that are kept long enough."""
    return delete_older(Notification.objects.all(), "notifications", "received_at")
