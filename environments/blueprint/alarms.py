"""Alarms and whom they reach."""

from environments import naming
from environments.blueprint.order import HOME, Order, named
from environments.desired import Desired


def wanted(order: Order) -> list[Desired]:
    """Return the alarms, their topic and its subscription."""
    of = order.complete()
    topic = naming.thing(order.prefix, order.slug, "alarms")
    query = 'httpResponses5xx[1m]{resourceId = "${load_balancer}", backendSetName = "%s"}.grouping().sum() > %d'
    alarm = {
        "metricCompartmentId": "${compartment}",
        "namespace": "oci_lbaas",
        "query": query % (naming.BACKEND_SET, of["alarm_5xx_per_minute"]),
        "severity": "CRITICAL",
        "pendingDuration": "PT1M",
        "messageFormat": "RAW",
        "destinations": ["${topic}"],
        "isEnabled": True,
        "body": f"{order.prefix} {order.slug}: the API answers with errors (5xx).",
    }
    subscription = {"protocol": "CUSTOM_HTTPS", "endpoint": order.webhook, "seal": order.webhook_seal}
    return [
        Desired("topic", "topic", topic, HOME, {"description": f"Alarms of {order.prefix} {order.slug}"}),
        Desired("subscription", "subscription", order.webhook, {**HOME, "topicId": "${topic}"}, subscription),
        named(order, "alarm.5xx", "alarm", "5xx", HOME, alarm),
    ]
