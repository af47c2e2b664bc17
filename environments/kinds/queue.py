"""A queue: runs that wait for a worker, with the dead letters inside it."""

from environments.kinds.kind import NAMED
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from environments.kinds.update_cost import BRIEF, UpdateCost
from environments.kinds.watched import all_unset


class QueueKind(StandardKind):
    """Messages are put and taken at an endpoint of its own; how long they are kept is fixed."""

    name, group = "queue", "Delivery"
    loss = "Runs and dead letters in it are lost."
    watched = all_unset("customEncryptionKeyId", "capabilities")
    holds_data = True
    state_hints = {
        "INACTIVE": (
            "No run can be put into it or taken from it. Look at its page in the OCI console and "
            "ask Oracle support: the portal knows no call that activates it."
        ),
    }
    service, noun, work_requests = "queue_admin", "queue", "queue_admin"
    in_place = NAMED | {
        *("visibilityInSeconds", "timeoutInSeconds", "deadLetterQueueDeliveryCount"),
        "channelConsumptionLimit",
    }
    costs_when_lowered = {
        "deadLetterQueueDeliveryCount": UpdateCost(
            BRIEF, "Runs that were tried as often already go to the dead letters."
        ),
    }
    list_is_partial = True
    facts = {"messagesEndpoint": "messagesEndpoint"}
    usual_seconds = 20
    cannot_change_hint = "Restore the setting: the queue holds the runs that wait for a worker."
    price = "queue"
    portal_rights = ("manage queues in compartment id P",)
    terraform = Form("oci_queue_queue")
