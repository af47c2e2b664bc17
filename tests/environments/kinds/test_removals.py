"""What ends with a change is said in words, and the row says that it takes something away."""

from dataclasses import replace

import pytest

from environments.kinds import KINDS
from environments.kinds.kind import TAGS
from environments.reconcile.plan import plan
from tests.environments.build import built, wanted

# Fields whose change ends nothing that somebody uses, or whose cost has a grade of its own.
ENDS_NOTHING = TAGS | {
    *("displayName", "name", "description", "isRetired", "isCostTracking", "isRequired", "value"),
    *("isEnabled", "blockTraffic", "reaches", "shapeDetails", "policy", "sslConfiguration"),
    *("objectEventsEnabled", "isImmutable", "amount", "resetPeriod"),
    *("type", "threshold", "thresholdType", "message", "visibilityInSeconds", "timeoutInSeconds"),
    *("channelConsumptionLimit", "namespace", "query", "severity", "body", "messageFormat"),
    *("pendingDuration", "metricCompartmentId", "repeatNotificationDuration"),
}
COSTED = {
    "db_system": {
        *("shape", "instanceOcpuCount", "instanceMemorySizeInGBs", "instanceCount"),
        *("managementPolicy", "login"),
    },
    "queue": {"deadLetterQueueDeliveryCount"},
    "log": {"retentionDuration"},
    "bucket": {"versioning"},
    "lifecycle": {"items"},
    "backend_set": {"healthChecker"},
}
SSH = {
    "direction": "INGRESS",
    "protocol": "6",
    "source": "10.0.0.0/8",
    "sourceType": "CIDR_BLOCK",
    "tcpOptions": {"destinationPortRange": {"min": 22, "max": 22}},
    "description": "bastion",
    "id": "1",
}
EGRESS = {"protocol": "all", "destination": "0.0.0.0/0", "isStateless": False}
TAKEN = [
    ("nsg.app", "rules", lambda rules: [*rules, SSH], "TCP port 22 from 10.0.0.0/8 (bastion)"),
    ("default_security_list", "ingressSecurityRules", lambda none: [SSH], "Rule of every subnet"),
    ("default_security_list", "egressSecurityRules", lambda none: [EGRESS], "to 0.0.0.0/0"),
    ("policy.people", "statements", lambda said: [*said, "Allow group x to y"], "Allow group x"),
    (
        "route_table.private",
        "routeRules",
        lambda rules: [*rules, {"destination": "10.9.0.0/16"}],
        "Route removed: destination 10.9.0.0/16",
    ),
    ("subnet.public", "routeTableId", lambda table: "ocid1.other", "routes of ocid1.other"),
    ("load_balancer", "networkSecurityGroupIds", lambda groups: [], "every other port of it"),
    (
        "load_balancer",
        "networkSecurityGroupIds",
        lambda groups: [*groups, "ocid1.nsg.x"],
        "Security group removed: ocid1.nsg.x",
    ),
    ("db_system", "networkDetails", lambda there: {"nsgIds": []}, "every other port of it"),
    ("listener.api", "port", lambda port: 8443, "Port 8443 no longer answers"),
    ("listener.api", "ruleSetNames", lambda names: ["headers"], "Rule set removed: headers"),
    ("alarm.5xx", "destinations", lambda topics: [*topics, "ocid1.pager"], "ocid1.pager"),
    ("dynamic_group.api", "matchingRule", lambda rule: "ALL {x = 'y'}", "ALL {x = 'y'}"),
    ("retention.backups", "duration", lambda rule: {"timeAmount": 1, "timeUnit": "YEARS"}, "365"),
    ("retention.backups", "duration", lambda rule: None, "deleted after"),
    (
        "repository.api",
        "compartmentId",
        lambda here: "ocid1.compartment.x",
        "rights that were given",
    ),
    (
        "bucket.uploads",
        "compartmentId",
        lambda here: "ocid1.compartment.x",
        "rights that were given",
    ),
    ("repository.api", "isPublic", lambda public: True, "Pulling without credentials ends"),
    ("bucket.uploads", "publicAccessType", lambda public: "ObjectRead", "Reading without"),
]


@pytest.mark.parametrize(("key", "field", "by_hand", "words"), TAKEN)
@pytest.mark.parametrize("known", [True, False], ids=["managed", "adopted"])
def test_what_ends_is_said_and_the_row_takes_away(key, field, by_hand, words, known):
    observed, remembered = built(wanted())
    found = observed[key]
    wire = {**found.wire, field: by_hand(found.wire[field])}
    observed[key] = replace(found, wire=wire, owner=found.owner if known else "")
    chosen = {} if known else {key: found.ocid}
    if not known:
        remembered.pop(key)
    (change,) = [one for one in plan(wanted(), observed, remembered, chosen) if one.key == key]
    assert change.action == "takes away"
    assert any(words in cost.words for cost in change.costs), change.costs


def test_what_only_gains_something_is_an_update():
    observed, remembered = built(wanted())
    found = observed["nsg.app"]
    observed["nsg.app"] = replace(found, wire={**found.wire, "rules": found.wire["rules"][1:]})
    changes = {one.key: one for one in plan(wanted(), observed, remembered)}
    assert changes["nsg.app"].action == "update" and changes["nsg.app"].costs == ()


@pytest.mark.parametrize("name", KINDS)
def test_of_every_field_that_can_be_changed_it_is_known_whether_something_ends(name):
    kind = KINDS[name]
    known = kind.removals.keys() | COSTED.get(name, set())
    assert kind.in_place - ENDS_NOTHING - known == set()
    assert kind.removals.keys() <= kind.in_place
