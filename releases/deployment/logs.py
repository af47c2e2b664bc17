"""Keeps what containers wrote: OCI forgets it with the instance."""

from collections.abc import Mapping
from typing import Any

from environments.models import Environment
from portal.cloud.client import CloudClient
from portal.cloud.errors import CloudError, NotFoundOrForbidden
from portal.jobs.definition import StepContext
from portal.lib.redact import redact
from portal.lib.retention import delete_older
from releases.deployment.context import home
from releases.models import ContainerLog
from releases.models.container_log import MOST_BYTES


def read(cloud: CloudClient, container: str) -> str:
    """Return the last 256 KB that a container wrote (facts/oci.md section 9), passwords in
    addresses masked.

    The first line is left out when the text was cut in its middle.
    """
    answer = cloud.read("container_instances", "retrieve_logs", container).data
    content = answer if isinstance(answer, bytes) else str(answer or "").encode()
    text = content[-MOST_BYTES:].decode(errors="replace").replace("\x00", "\ufffd")
    if len(content) >= MOST_BYTES:
        text = text.partition("\n")[2]
    return str(redact(text))


def peek(ctx: StepContext, container: str) -> str:
    """Return what a container wrote as far as it can be read now; empty when it cannot."""
    try:
        return read(home(ctx), container)
    except CloudError as error:
        ctx.say(f"the log of {container} could not be read: {error}")
        return ""


def save(ctx: StepContext, instance: Mapping[str, Any]) -> list[ContainerLog]:
    """Keep the log of every container of an instance, once per job, where it can be read."""
    kept: list[ContainerLog] = []
    for item in instance.get("containers") or []:
        try:
            kept.append(_save(ctx, str(instance["id"]), str(item["containerId"])))
        except NotFoundOrForbidden:
            continue
        except CloudError as error:
            ctx.say(
                f"the log of {item.get('displayName') or item['containerId']} could not be read: "
                f"{error}"
            )
    return kept


def _save(ctx: StepContext, instance: str, container: str) -> ContainerLog:
    found = ContainerLog.objects.filter(container=container, job_id=ctx.job.pk).first()
    if found:
        return found
    seen = home(ctx).read("container_instances", "get_container", container).data
    values = {
        "environment": Environment.objects.named(ctx.job.environment),
        "deployment_id": ctx.spec.get("deployment"),
        "instance": instance,
        "name": seen["displayName"],
        "exit_code": seen.get("exitCode"),
        "text": read(home(ctx), container),
    }
    return ContainerLog.objects.get_or_create(
        container=container, job_id=ctx.job.pk, defaults=values
    )[0]


def delete_old() -> int:
    """Delete the logs that are kept long enough."""
    return delete_older(ContainerLog.objects.all(), "container_logs", "saved_at")
