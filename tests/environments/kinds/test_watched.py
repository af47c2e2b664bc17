"""What somebody changes by hand is drift, also where no setting names the field."""

from dataclasses import replace

import pytest
from oci import (
    artifacts,
    core,
    dns,
    identity,
    key_management,
    load_balancer,
    logging,
    monitoring,
    object_storage,
    psql,
    queue,
    vault,
)

from environments.desired import lookup_in
from environments.drift import DriftKind
from environments.drift.items import DriftContext, find_differences
from environments.kinds import KINDS
from environments.reconcile.decide import decide
from environments.reconcile.plan import plan
from tests.environments.build import built, spec, wanted
from tests.environments.site import Site

BLUEPRINT = wanted(settings={"domain": "dev.example.com"}, certificate="here")
BUILT, REMEMBERED = built(BLUEPRINT)
UPDATES = {
    "vcn": core.models.UpdateVcnDetails,
    "internet_gateway": core.models.UpdateInternetGatewayDetails,
    "nat_gateway": core.models.UpdateNatGatewayDetails,
    "service_gateway": core.models.UpdateServiceGatewayDetails,
    "route_table": core.models.UpdateRouteTableDetails,
    "subnet": core.models.UpdateSubnetDetails,
    "default_security_list": core.models.UpdateSecurityListDetails,
    "nsg": core.models.UpdateNetworkSecurityGroupDetails,
    "compartment": identity.models.UpdateCompartmentDetails,
    "tag_namespace": identity.models.UpdateTagNamespaceDetails,
    "tag": identity.models.UpdateTagDetails,
    "tag_default": identity.models.UpdateTagDefaultDetails,
    "group": identity.models.UpdateGroupDetails,
    "dynamic_group": identity.models.UpdateDynamicGroupDetails,
    "policy": identity.models.UpdatePolicyDetails,
    "key": key_management.models.UpdateKeyDetails,
    "vault": key_management.models.UpdateVaultDetails,
    "secret": vault.models.UpdateSecretDetails,
    "db_system": psql.models.UpdateDbSystemDetails,
    "bucket": object_storage.models.UpdateBucketDetails,
    "repository": artifacts.models.UpdateContainerRepositoryDetails,
    "queue": queue.models.UpdateQueueDetails,
    "log_group": logging.models.UpdateLogGroupDetails,
    "log": logging.models.UpdateLogDetails,
    "alarm": monitoring.models.UpdateAlarmDetails,
    "dns_zone": dns.models.UpdateZoneDetails,
    "load_balancer": load_balancer.models.UpdateLoadBalancerDetails,
    "backend_set": load_balancer.models.UpdateBackendSetDetails,
    "listener": load_balancer.models.UpdateListenerDetails,
}
# Fields that may change without drift, and why.
EXCEPTIONS = {
    "subnet": {"dhcpOptionsId"},  # how names are resolved; OCI gives it an id of its own
    "service_gateway": {"services"},  # compared as `reaches`
    "key": {"autoKeyRotationDetails"},  # has no effect while isAutoRotationEnabled is off
    "secret": {  # the content is the owner's; the portal never reads it
        *("currentVersionNumber", "enableAutoGeneration", "secretContent"),
        "secretGenerationContext",
    },
    "db_system": {"dbConfigurationParams"},  # OCI shows only the id of its default
    "bucket": {"name", "namespace", "compartmentId", "bucketScope"},  # its place
    "repository": {"readme", "isImmutable"},  # a text; a release decides about the other
    "queue": {"channelConsumptionLimit"},  # OCI gives it a default that is not documented
    "log": {"configuration"},  # of a custom log: it has none
    "alarm": {"compartmentId", "notificationVersion"},  # its place; OCI counts it
    "load_balancer": {"requestIdHeader", "reservedIps", "ipv6SubnetCidr"},  # off, or at creation
    "backend_set": {"backends"},  # releases decide
}
WATCHED = [(kind, field) for kind in KINDS for field in KINDS[kind].watched]


def first(kind, field=""):
    return next(want for want in BLUEPRINT if want.kind == kind and field not in want.fields)


def changed_by_hand(kind, field, value):
    want = first(kind, field)
    found = BUILT[want.key]
    found = replace(found, wire={**found.wire, field: value})
    whole = want.resolved(lookup_in(BUILT, "ocid1.tenancy"))
    return decide(want, whole, found, found.ocid, "")


@pytest.mark.parametrize("kind", UPDATES)
def test_every_field_that_oci_can_update_is_wanted_watched_or_an_exception(kind):
    named = {field for want in BLUEPRINT if want.kind == kind for field in want.fields}
    known = named | KINDS[kind].watched.keys() | EXCEPTIONS.get(kind, set())
    known |= {"freeformTags", "definedTags"}
    assert set(UPDATES[kind]().attribute_map.values()) - known == set()


@pytest.mark.parametrize(("kind", "field"), WATCHED)
def test_what_no_setting_names_is_drift_with_words_and_a_next_step(kind, field):
    change = changed_by_hand(kind, field, {"by": "hand", "idleTimeout": 1})
    assert change.action == "attention"
    assert (
        f"Changed outside the portal: {field}" in change.reason and "OCI console" in change.reason
    )
    context = DriftContext(spec(), lambda key, fact: None, {}, REMEMBERED)
    (item,) = find_differences([change], context)
    assert (item.sort, item.field) == (DriftKind.CHANGED, field)


def test_a_second_security_list_and_a_shorter_idle_time_are_seen_in_oci(simulator):
    site = Site("subnet.private", "listener.api")
    assert site.apply() == {}
    network = site.client
    subnet, vcn = site.found("subnet.private"), site.found("vcn")
    rules = {"ingressSecurityRules": [], "egressSecurityRules": []}
    place = {"compartmentId": subnet.wire["compartmentId"], "vcnId": vcn.ocid}
    made = network.change("virtual_network", "create_security_list", {**place, **rules}).data
    lists = [*subnet.wire["securityListIds"], made["id"]]
    body = {"securityListIds": lists}
    network.change("virtual_network", "update_subnet", subnet.ocid, body)
    listener = site.found("listener.api")
    keep = ("defaultBackendSetName", "port", "protocol")
    body = {name: listener.wire[name] for name in keep}
    body["connectionConfiguration"] = {"idleTimeout": 1}
    balancer = site.found("load_balancer").ocid
    network.change("load_balancer", "update_listener", body, balancer, listener.name)
    seen = {}
    while "listener.api" not in seen:
        seen = site.plan()
    assert {key: change.action for key, change in seen.items()} == {
        "subnet.private": "attention",
        "listener.api": "attention",
    }


def test_what_stands_in_another_compartment_is_beyond_the_policies():
    observed, remembered = built(wanted())
    found = observed["queue"]
    there = observed["compartment"].ocid
    observed["queue"] = replace(found, wire={**found.wire, "compartmentId": "ocid1.compartment.x"})
    (change,) = [one for one in plan(wanted(), observed, remembered) if one.key == "queue"]
    assert change.action == "attention" and "its policies do not reach it" in change.reason
    assert [(one.want, one.have) for one in change.by_hand] == [(there, "ocid1.compartment.x")]
