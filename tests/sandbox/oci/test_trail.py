"""What is told afterwards: audit events, journal, work requests."""

import datetime

import oci
import requests

from tests.patience import patient


def _window():
    minute = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    return minute - datetime.timedelta(minutes=2), minute + datetime.timedelta(minutes=2)


def _events(estate, **more):
    return oci.pagination.list_call_get_all_results(
        estate.clients.audit.list_events, estate.compartment, *_window(), **more
    ).data


def test_every_change_leaves_an_event_that_says_who_what_and_which_request(estate):
    answer = estate.clients.network.create_vcn(
        {"compartmentId": estate.compartment, "cidrBlocks": ["10.0.0.0/16"], "displayName": "main"}
    )
    found = next(event.data for event in _events(estate) if event.data.event_name == "CreateVcn")
    assert (found.resource_id, found.resource_name) == (answer.data.id, "main")
    assert found.identity.principal_name == "portal" and found.identity.principal_id
    assert found.request.id == answer.request_id and found.response.status == "200"
    assert found.identity.user_agent.startswith("Oracle-PythonSDK/")


def test_a_refused_change_leaves_an_event_and_a_read_leaves_none(estate, refusal):
    refusal(
        estate.clients.network.create_vcn, {"compartmentId": estate.compartment, "cidrBlocks": []}
    )
    estate.clients.network.list_vcns(estate.compartment)
    names = [(event.data.event_name, event.data.response.status) for event in _events(estate)]
    assert ("CreateVcn", "400") in names and not any(name.startswith("List") for name, _ in names)


def test_object_level_calls_leave_no_event(estate):
    estate.bucket()
    namespace = estate.clients.storage.get_namespace().data
    estate.clients.storage.put_object(namespace, "uploads", "a", b"1")
    names = {event.data.event_name for event in _events(estate)}
    assert "CreateBucket" in names and "PutObject" not in names


def test_another_persons_change_is_told_from_the_portals(estate, simulator):
    vcn = estate.vcn()
    person = next(user for user in simulator.tenancy["users"] if user["name"] == "operator")
    config = {
        **simulator.config,
        "user": person["ocid"],
        "fingerprint": person["fingerprint"],
        "key_content": person["key"],
    }
    network = oci.core.VirtualNetworkClient(config, service_endpoint=simulator.endpoint)
    network.update_vcn(vcn.id, {"displayName": "renamed"})
    found = next(event.data for event in _events(estate) if event.data.event_name == "UpdateVcn")
    assert found.identity.principal_name == "operator" and found.resource_id == vcn.id


def test_events_are_asked_for_by_the_minute(estate, refusal):
    start, end = _window()
    late = start + datetime.timedelta(seconds=1)
    assert refusal(estate.clients.audit.list_events, estate.compartment, late, end) == (
        400,
        "InvalidParameter",
    )


def test_the_journal_tells_operation_status_request_and_the_digest_of_the_token(estate, simulator):
    answer = estate.clients.network.create_vcn(
        {"compartmentId": estate.compartment, "cidrBlocks": ["10.0.0.0/16"]},
        opc_retry_token="token-of-the-job",
    )
    entry = simulator.journal("create_vcn")[-1]
    assert (entry["service"], entry["status"], entry["resource"]) == ("core", 200, answer.data.id)
    assert entry["request_id"] == answer.request_id and entry["retry_token"]
    assert "token-of-the-job" not in str(simulator.journal())
    requests.get(f"{simulator.endpoint}/20160918/regions", timeout=patient(5))
    assert simulator.journal("list_regions")[-1]["code"] == "NotAuthenticated"
    simulator.control("DELETE", "/journal")
    assert simulator.journal() == []


def test_a_work_request_tells_its_progress_resources_and_errors(estate, simulator):
    simulator.control("POST", "/clock", {"scale": 100})
    answer = estate.clients.identity.delete_compartment(estate.compartment)
    work = answer.headers["opc-work-request-id"]
    read = estate.clients.identity.get_work_request
    assert read(work).data.status == "ACCEPTED"
    simulator.advance(30)
    assert read(work).data.status == "IN_PROGRESS"
    simulator.advance(200)
    done = read(work).data
    assert (done.status, done.percent_complete, done.resources[0].identifier) == (
        "SUCCEEDED",
        100.0,
        estate.compartment,
    )
    assert [
        item.id for item in estate.clients.identity.list_work_requests(estate.tenancy).data
    ] == [work]


def test_an_event_tells_what_changed_from_what_to_what(estate):
    vcn = estate.vcn(displayName="before")
    estate.clients.network.update_vcn(vcn.id, {"displayName": "after"})
    estate.clients.network.delete_vcn(vcn.id)
    told = {event.data.event_name: event.data for event in _events(estate)}
    assert told["UpdateVcn"].state_change.previous == {"displayName": "before"}
    assert told["UpdateVcn"].state_change.current == {"displayName": "after"}
    assert told["CreateVcn"].state_change.current["cidrBlocks"] == ["10.0.0.0/16"]
    assert told["DeleteVcn"].resource_id == vcn.id and told["DeleteVcn"].resource_name == "after"


def test_parts_and_rules_are_told_under_the_resource_that_they_belong_to(estate):
    vcn = estate.vcn()
    group = estate.in_vcn("network_security_group", vcn)
    rule = {
        "direction": "EGRESS",
        "protocol": "all",
        "destination": "10.0.0.0/16",
        "destinationType": "CIDR_BLOCK",
    }
    estate.clients.network.add_network_security_group_security_rules(
        group.id, {"securityRules": [rule]}
    )
    bucket = estate.bucket()
    namespace = estate.clients.storage.get_namespace().data
    estate.clients.storage.update_bucket(namespace, "uploads", {"publicAccessType": "ObjectRead"})
    told = {event.data.event_name: event.data.resource_id for event in _events(estate)}
    assert told["AddNetworkSecurityGroupSecurityRules"] == group.id
    assert told["UpdateBucket"] == bucket.id
