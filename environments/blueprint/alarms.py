"""Alarms, whom they reach, and which runbook each leads to; the budget with its alerts."""

from dataclasses import dataclass
from functools import partial

from environments import naming
from environments.blueprint.policies import METRICS
from environments.blueprint.spec import HOME, ROOT, EnvironmentSpec, resource
from environments.desired import Desired
from environments.kinds.budget import join_addresses

BALANCER = 'resourceId = "${load_balancer}", backendSetName = "%s"' % naming.BACKEND_SET  # noqa: UP031
DATABASE = 'resourceId = "${db_system}"'
QUEUE = 'resourceId = "${queue}"'


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One alarm: `runbook` is the type of the incident that it opens, `query` in the language of
    Monitoring.

    In the query `{limit}` stands for the setting named `limit`, `{env}` for the environment.
    """

    namespace: str
    query: str
    limit: str
    words: str
    runbook: str
    severity: str = "ERROR"
    pending: str = "PT1M"


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the alarms, their topic and its subscription, and the budget if there is one."""
    topic = spec.name("alarms")
    subscription = {"protocol": "CUSTOM_HTTPS", "endpoint": spec.webhook, "seal": spec.webhook_seal}
    return [
        resource("topic", topic, HOME, {"description": f"Alarms of {spec.prefix} {spec.slug}"}),
        resource("subscription", spec.webhook, {**HOME, "topicId": "${topic}"}, subscription),
        *[_alarm(spec, name, rule) for name, rule in RULES.items()],
        *_budget(spec),
    ]


def _alarm(spec: EnvironmentSpec, name: str, rule: AlarmRule) -> Desired:
    fields = {
        "metricCompartmentId": "${compartment}",
        "namespace": rule.namespace,
        "query": _query(rule, spec),
        "severity": rule.severity,
        "pendingDuration": rule.pending,
        "messageFormat": "RAW",
        "destinations": ["${topic}"],
        "isEnabled": True,
        "body": (
            f"{spec.prefix} {spec.slug}: {rule.words} Incident and runbook: "
            f"{spec.portal}/alarms/{spec.slug}/{spec.name(name)}/"
        ),
    }
    return spec.named(f"alarm.{name}", name, HOME, fields)


def _budget(spec: EnvironmentSpec) -> list[Desired]:
    # OCI keeps budgets in the root, whatever they watch.
    if not (amount := spec.settings["budget_per_month"]):
        return []
    watched = {
        "targets": ["${compartment}"]
    }  # also a part of the place: it is read by what it watches
    fields = {
        "description": f"{spec.prefix} {spec.slug}: what a month may cost",
        "amount": amount,
        "resetPeriod": "MONTHLY",
        "targetType": "COMPARTMENT",
        **watched,
    }
    recipients = join_addresses(spec.settings["budget_recipients"])
    alerts = [_budget_alert(spec, percent, recipients) for percent in naming.BUDGET_ALERTS]
    return [spec.named("budget", "budget", {**ROOT, **watched}, fields), *alerts]


def _budget_alert(spec: EnvironmentSpec, percent: int, recipients: str) -> Desired:
    fields = {
        "type": "ACTUAL",
        "threshold": percent,
        "thresholdType": "PERCENTAGE",
        "recipients": recipients,
        "message": (
            f"{spec.prefix} {spec.slug} has spent {percent} % of this month's budget. "
            "Nothing was stopped."
        ),
    }
    return spec.named(
        f"budget_alert.{percent}", f"budget-{percent}", {"budgetId": "${budget}"}, fields
    )


def _query(rule: AlarmRule, spec: EnvironmentSpec) -> str:
    # Plain replacement: the query has braces of its own.
    limit = str(spec.settings[rule.limit]) if rule.limit else ""
    return rule.query.replace("{limit}", limit).replace("{env}", spec.slug)


_balancer = partial(AlarmRule, "oci_lbaas")
_application = partial(AlarmRule, METRICS)
_database = partial(
    AlarmRule, "oci_postgresql", runbook="database-connectivity", severity="WARNING", pending="PT5M"
)
_container = partial(
    AlarmRule,
    "oci_computecontainerinstance",
    runbook="api-p95-latency",
    severity="WARNING",
    pending="PT5M",
)

RULES = {
    "5xx": _balancer(
        f"httpResponses5xx[1m]{{{BALANCER}}}.grouping().sum() > {{limit}}",
        "alarm_5xx_per_minute",
        "the API answers with errors (5xx).",
        "api-5xx",
        "CRITICAL",
    ),
    "backends": _balancer(
        f"unhealthyBackendServers[1m]{{{BALANCER}}}.max() > {{limit}}",
        "alarm_unhealthy_backends",
        "an API container does not pass the health check of the load balancer.",
        "api-5xx",
        "CRITICAL",
        "PT5M",
    ),
    "latency": _balancer(
        f"responseTimeHttpHeader[5m]{{{BALANCER}}}.max() > {{limit}}",
        "alarm_latency_ms",
        "the API is slow on average, as the load balancer sees it.",
        "api-p95-latency",
    ),
    "p95": _application(
        'request_latency_ms[5m]{env = "{env}"}.grouping().percentile(0.95) > {limit}',
        "alarm_p95_ms",
        "one request in twenty is slow, as the application measures it.",
        "api-p95-latency",
    ),
    "db-failures": _application(
        'db_connect_failures[1m]{env = "{env}"}.grouping().sum() > {limit}',
        "alarm_db_failures",
        "the application cannot connect to its database.",
        "database-connectivity",
        "CRITICAL",
    ),
    "db-silent": _database(
        f"Connections[1m]{{{DATABASE}}}.absent(10m)",
        "",
        "the database has sent no metrics for ten minutes.",
        severity="CRITICAL",
    ),
    "db-connections": _database(
        f"Connections[1m]{{{DATABASE}}}.max() > {{limit}}",
        "alarm_db_connections",
        "the database is running out of connections.",
    ),
    "db-cpu": _database(
        f"CpuUtilization[5m]{{{DATABASE}}}.mean() > {{limit}}",
        "alarm_db_cpu_percent",
        "the database is short of CPU.",
    ),
    "queue-lag": AlarmRule(
        "oci_queue",
        f"ConsumerLag[1m]{{{QUEUE}}}.max() > {{limit}}",
        "alarm_queue_minutes",
        "compute runs wait too long for a worker.",
        "queue-lag",
    ),
    "dead-letters": _application(
        'dead_letters[5m]{env = "{env}"}.max() > {limit}',
        "alarm_dead_letters",
        "compute runs were abandoned after too many attempts.",
        "queue-lag",
    ),
    "container-cpu": _container(
        "CpuUtilization[5m].max() > {limit}",
        "alarm_container_cpu_percent",
        "an API or worker container is short of CPU.",
    ),
    "container-memory": _container(
        "MemoryUtilization[5m].max() > {limit}",
        "alarm_container_memory_percent",
        "an API or worker container is short of memory.",
    ),
}
