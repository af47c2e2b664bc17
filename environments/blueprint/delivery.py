"""Where images are kept, runs wait, and logs go."""

from environments import naming
from environments.blueprint.spec import HOME, EnvironmentSpec, resource
from environments.desired import Desired

SERVICE_LOGS = ("access", "error")  # what a load balancer writes


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the container repositories, the queue and the logs."""
    return [*_repositories(spec), _queue(spec), *_logs(spec)]


def _repositories(spec: EnvironmentSpec) -> list[Desired]:
    # Also a field: one that a push made in the root compartment is moved here.
    # Immutable: people approve a digest, and containers pull by tag.
    fields = {"isPublic": False, "isImmutable": True, **HOME}
    return [
        resource(
            f"repository.{image}", naming.repository(spec.prefix, spec.slug, image), HOME, fields
        )
        for image in naming.REPOSITORIES
    ]


def _queue(spec: EnvironmentSpec) -> Desired:
    settings = spec.settings
    fields = {
        "retentionInSeconds": settings["queue_retention_hours"] * 3600,
        "visibilityInSeconds": settings["queue_visibility_seconds"],
        "timeoutInSeconds": settings["queue_poll_seconds"],
        "deadLetterQueueDeliveryCount": settings["queue_deliveries"],
    }
    return spec.named("queue", "compute", HOME, fields)


def _logs(spec: EnvironmentSpec) -> list[Desired]:
    days = spec.settings["log_days"]
    place, kept = {"logGroupId": "${log_group}"}, {"isEnabled": True, "retentionDuration": days}
    source = {"sourceType": "OCISERVICE", "service": "loadbalancer", "resource": "${load_balancer}"}
    services = [
        spec.named(
            f"log.lb-{category}",
            f"lb-{category}",
            place,
            {
                "logType": "SERVICE",
                "configuration": {"source": {**source, "category": category}},
                **kept,
            },
        )
        for category in SERVICE_LOGS
    ]
    group = {"description": f"Logs of {spec.prefix} {spec.slug}"}
    return [
        spec.named("log_group", "logs", HOME, group),
        *services,
        spec.named("log.app", "app", place, {"logType": "CUSTOM", **kept}),
    ]
