"""Logs, alarms and the topic on which alarms are announced."""

from environments.kinds.kind import DESCRIBED, NAMED
from environments.kinds.removals import items
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from environments.kinds.update_cost import LOSS, UpdateCost
from environments.kinds.watched import all_unset, is_one_of


class LogGroupKind(StandardKind):
    """Rights to read and write logs are given by group."""

    name, group = "log group", "Delivery"
    holds_data = True
    service, noun, work_requests = "logging", "log_group", "logging"
    in_place = NAMED | {"description"}
    always_sent = ("displayName",)
    price = "free"
    console = "/logging/log-groups/{ocid}"
    portal_rights = ("manage log-groups in compartment id P",)
    terraform = Form("oci_logging_log_group")


class LogKind(StandardKind):
    """What a service of OCI writes about one resource, or what the application sends itself.

    A service log belongs to its resource: when that was recreated, so must be its log. OCI refuses
    a second log of one resource and category.
    """

    name, group = "log", "Delivery"
    service, noun, work_requests = "logging", "log", "logging"
    needs = ("log_group",)
    holds_data = True
    loss = "Its entries are lost."
    state_hints = {"INACTIVE": "Nothing is written to it. Enable it in the OCI console."}
    in_place = NAMED | {"isEnabled", "retentionDuration"}
    costs_when_lowered = {
        "retentionDuration": UpdateCost(LOSS, "Entries older than that are deleted for good."),
    }
    parent = "logGroupId"
    name_taken_hint = (
        "OCI takes one log for each resource and category, and this one has a log in another log "
        "group or under another name. Tags alone do not help: in the OCI console (Logging, Logs) "
        "move it to this environment's log group and give it this name, then choose it under Adopt."
    )
    replaceable = True
    price = "log"
    portal_rights = LogGroupKind.portal_rights
    terraform = Form("oci_logging_log", imported="logGroupId/{logGroupId}/logId/{ocid}")


class TopicKind(StandardKind):
    """Its name is unique in the tenancy; it is deleted with its subscriptions."""

    name, group = "topic", "Alarms"
    service, noun = "ons_control", "topic"
    in_place = DESCRIBED
    ocid_field, name_field, name_in_body = "topicId", "name", "name"
    always_sent = ("description",)
    any_name = True
    price = "free"
    console = "/notification/topics/{ocid}"
    portal_rights = ("manage ons-family in compartment id P",)
    terraform = Form("oci_ons_notification_topic", name="name")


class AlarmKind(StandardKind):
    """A question about metrics that OCI asks every minute; its topic is told when the answer
    changes.
    """

    name, group = "alarm", "Alarms"
    watched = {
        **all_unset("suppression", "overrides", "isNotificationsPerMetricDimensionEnabled"),
        **all_unset("metricCompartmentIdInSubtree", "resourceGroup", "notificationTitle"),
        **all_unset("alarmSummary", "repeatNotificationDuration"),
        "resolution": is_one_of("1m"),
        "evaluationSlackDuration": is_one_of("PT3M"),
        "ruleName": is_one_of("BASE"),
    }
    service, noun = "monitoring", "alarm"
    in_place = NAMED | {
        *("namespace", "query", "severity", "body", "destinations", "isEnabled", "messageFormat"),
        *("pendingDuration", "metricCompartmentId", "repeatNotificationDuration"),
    }
    removals = {"destinations": items("Topic that is told")}
    list_is_partial = True
    price = "alarm"
    console = "/monitoring/alarms/{ocid}"
    portal_rights = ("manage alarms in compartment id P", "read metrics in compartment id P")
    terraform = Form("oci_monitoring_alarm")
