"""Where images are kept, runs wait, and logs go."""

from environments import naming
from environments.blueprint.spec import HOME, Order, named
from environments.desired import Desired

SERVICE_LOGS = ("access", "error")  # what a load balancer writes


def wanted(order: Order) -> list[Desired]:
    """Return the container repositories, the queue and the logs."""
    return [*_repositories(order), _queue(order), *_logs(order)]


def _repositories(order: Order) -> list[Desired]:
    # Also a field: one that a push made in the root compartment is moved here.
    fields = {"isPublic": False, **HOME}
    return [
        Desired(f"repository.{image}", "repository", naming.repository(order.prefix, order.slug, image), HOME, fields)
        for image in naming.REPOSITORIES
    ]


def _queue(order: Order) -> Desired:
    of = order.complete()
    fields = {
        "retentionInSeconds": of["queue_retention_hours"] * 3600,
        "visibilityInSeconds": of["queue_visibility_seconds"],
        "timeoutInSeconds": of["queue_poll_seconds"],
        "deadLetterQueueDeliveryCount": of["queue_deliveries"],
    }
    return named(order, "queue", "queue", "compute", HOME, fields)


def _logs(order: Order) -> list[Desired]:
    days = order.complete()["log_days"]
    place, kept = {"logGroupId": "${log_group}"}, {"isEnabled": True, "retentionDuration": days}
    source = {"sourceType": "OCISERVICE", "service": "loadbalancer", "resource": "${load_balancer}"}
    services = [
        named(
            order,
            f"log.lb-{category}",
            "log",
            f"lb-{category}",
            place,
            {"logType": "SERVICE", "configuration": {"source": {**source, "category": category}}, **kept},
        )
        for category in SERVICE_LOGS
    ]
    group = {"description": f"Logs of {order.prefix} {order.slug}"}
    return [
        named(order, "log_group", "log_group", "logs", HOME, group),
        *services,
        named(order, "log.app", "log", "app", place, {"logType": "CUSTOM", **kept}),
    ]
