"""Alarms, whom they reach, and which runbook each leads to; the budget with its alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from environments import naming
from environments.blueprint.policies import METRICS
from environments.blueprint.spec import HOME, ROOT, Order, named
from environments.desired import Desired
from environments.kinds.budget_alert import listed

BALANCER = 'resourceId = "${load_balancer}", backendSetName = "%s"' % naming.BACKEND_SET  # noqa: UP031
DATABASE = 'resourceId = "${db_system}"'
QUEUE = 'resourceId = "${queue}"'


@dataclass(frozen=True, slots=True)
class Rule:
    """One alarm: `runbook` is the type of the incident that it opens, `query` in the language of Monitoring.

    In the query `{limit}` stands for the setting named `limit`, `{env}` for the environment.
    """

    namespace: str
    query: str
    limit: str
    words: str
    runbook: str
    severity: str = "ERROR"
    pending: str = "PT1M"


def wanted(order: Order) -> list[Desired]:
    """Return the alarms, their topic and its subscription, and the budget if there is one."""
    topic = naming.thing(order.prefix, order.slug, "alarms")
    subscription = {"protocol": "CUSTOM_HTTPS", "endpoint": order.webhook, "seal": order.webhook_seal}
    return [
        Desired("topic", "topic", topic, HOME, {"description": f"Alarms of {order.prefix} {order.slug}"}),
        Desired("subscription", "subscription", order.webhook, {**HOME, "topicId": "${topic}"}, subscription),
        *[_alarm(order, name, rule) for name, rule in RULES.items()],
        *_budget(order, order.complete()),
    ]


def _alarm(order: Order, name: str, rule: Rule) -> Desired:
    fields = {
        "metricCompartmentId": "${compartment}",
        "namespace": rule.namespace,
        "query": _query(rule, order.slug, order.complete()),
        "severity": rule.severity,
        "pendingDuration": rule.pending,
        "messageFormat": "RAW",
        "destinations": ["${topic}"],
        "isEnabled": True,
        "body": f"{order.prefix} {order.slug}: {rule.words} Runbook: {order.portal}/runbooks/{rule.runbook}/",
    }
    return named(order, f"alarm.{name}", "alarm", name, HOME, fields)


def _budget(order: Order, of: Mapping[str, Any]) -> list[Desired]:
    """Return nothing while nothing is budgeted; OCI keeps budgets in the root, whatever they watch."""
    amount = of["budget_per_month"]
    if not amount:
        return []
    watched = {"targets": ["${compartment}"]}  # also a part of the place: it is read by what it watches
    fields = {
        "description": f"{order.prefix} {order.slug}: what a month may cost",
        "amount": amount,
        "resetPeriod": "MONTHLY",
        "targetType": "COMPARTMENT",
        **watched,
    }
    recipients = listed(of["budget_recipients"])
    alerts = [_budget_alert(order, percent, recipients) for percent in naming.BUDGET_ALERTS]
    return [named(order, "budget", "budget", "budget", {**ROOT, **watched}, fields), *alerts]


def _budget_alert(order: Order, percent: int, recipients: str) -> Desired:
    fields = {
        "type": "ACTUAL",
        "threshold": percent,
        "thresholdType": "PERCENTAGE",
        "recipients": recipients,
        "message": f"{order.prefix} {order.slug} has spent {percent} % of this month's budget. Nothing was stopped.",
    }
    return named(order, f"budget_alert.{percent}", "budget_alert", f"budget-{percent}", {"budgetId": "${budget}"}, fields)


def _query(rule: Rule, slug: str, of: Mapping[str, Any]) -> str:
    # Plain replacement: the query has braces of its own.
    return rule.query.replace("{limit}", str(of.get(rule.limit, ""))).replace("{env}", slug)


RULES = {
    "5xx": Rule(
        "oci_lbaas",
        f"httpResponses5xx[1m]{{{BALANCER}}}.grouping().sum() > {{limit}}",
        "alarm_5xx_per_minute",
        "the API answers with errors (5xx).",
        "api-5xx",
        "CRITICAL",
    ),
    "backends": Rule(
        "oci_lbaas",
        f"unhealthyBackendServers[1m]{{{BALANCER}}}.max() > {{limit}}",
        "alarm_unhealthy_backends",
        "an API container does not pass the health check of the load balancer.",
        "api-5xx",
        "CRITICAL",
        "PT5M",
    ),
    "latency": Rule(
        "oci_lbaas",
        f"responseTimeHttpHeader[5m]{{{BALANCER}}}.max() > {{limit}}",
        "alarm_latency_ms",
        "the API is slow on average, as the load balancer sees it.",
        "api-p95-latency",
    ),
    "p95": Rule(
        METRICS,
        'request_latency_ms[5m]{env = "{env}"}.grouping().percentile(0.95) > {limit}',
        "alarm_p95_ms",
        "one request in twenty is slow, as the application measures it.",
        "api-p95-latency",
    ),
    "db-failures": Rule(
        METRICS,
        'db_connect_failures[1m]{env = "{env}"}.grouping().sum() > {limit}',
        "alarm_db_failures",
        "the application cannot connect to its database.",
        "database-connectivity",
        "CRITICAL",
    ),
    "db-silent": Rule(
        "oci_postgresql",
        f"Connections[1m]{{{DATABASE}}}.absent(10m)",
        "",
        "the database has told nothing about itself for ten minutes.",
        "database-connectivity",
        "CRITICAL",
        "PT5M",
    ),
    "db-connections": Rule(
        "oci_postgresql",
        f"Connections[1m]{{{DATABASE}}}.max() > {{limit}}",
        "alarm_db_connections",
        "the database is running out of connections.",
        "database-connectivity",
        "WARNING",
        "PT5M",
    ),
    "db-cpu": Rule(
        "oci_postgresql",
        f"CpuUtilization[5m]{{{DATABASE}}}.mean() > {{limit}}",
        "alarm_db_cpu_percent",
        "the database is short of CPU.",
        "database-connectivity",
        "WARNING",
        "PT5M",
    ),
    "queue-lag": Rule(
        "oci_queue",
        f"ConsumerLag[1m]{{{QUEUE}}}.max() > {{limit}}",
        "alarm_queue_minutes",
        "compute runs wait too long for a worker.",
        "queue-lag",
    ),
    "dead-letters": Rule(
        METRICS,
        'dead_letters[5m]{env = "{env}"}.max() > {limit}',
        "alarm_dead_letters",
        "compute runs were given up after too many tries.",
        "queue-lag",
    ),
    "container-cpu": Rule(
        "oci_computecontainerinstance",
        "CpuUtilization[5m].max() > {limit}",
        "alarm_container_cpu_percent",
        "an API or worker container is short of CPU.",
        "api-p95-latency",
        "WARNING",
        "PT5M",
    ),
    "container-memory": Rule(
        "oci_computecontainerinstance",
        "MemoryUtilization[5m].max() > {limit}",
        "alarm_container_memory_percent",
        "an API or worker container is short of memory.",
        "api-p95-latency",
        "WARNING",
        "PT5M",
    ),
}
