"""Who did it: the latest change on that resource by somebody else than the portal."""

from datetime import UTC, datetime

import pytest

from environments.drift.events import find_cause, parse_event, whole_minute

VCN = "ocid1.vcn.oc1.iad.a"


def event(
    operation="UpdateVcn",
    *,
    who="operator",
    at="2026-03-01T10:00:00Z",
    status="200",
    resource=VCN,
    **more,
):
    data = {
        "eventName": operation,
        "resourceId": resource,
        "resourceName": more.get("name", ""),
        "identity": {
            "principalName": who,
            "principalId": f"ocid1.user.{who}",
            "ipAddress": "10.1.2.3",
            "userAgent": "Oracle-CLI/3 x",
        },
        "request": {"id": more.get("request", "R1"), "action": more.get("action", "PUT")},
        "response": {"status": status},
        "stateChange": {"current": more.get("after", {}), "previous": {}},
    }
    return parse_event({"eventTime": at, "data": data})


def who(*events, **more):
    about = {
        "ocid": VCN,
        "name": "conceptlens-dev-vcn",
        "field": "displayName",
        "gone": False,
        "ours": {"OURS"},
        "portal": "ocid1.user.portal",
    }
    found = find_cause([one for one in events if one], **{**about, **more})
    return found.who if found else ""


@pytest.mark.parametrize(
    "row",
    [
        event("GetVcn", action="GET"),
        event("ListVcns"),
        event(status="404"),
        event(who="portal"),
        event(request="OURS"),
        event(resource="ocid1.vcn.oc1.iad.b"),
    ],
)
def test_reads_refusals_our_own_and_others_resources_are_nobody(row):
    assert who(row) == ""


def test_the_latest_change_counts_and_one_that_names_the_field_counts_more():
    early, late = event(who="ann"), event(who="bob", at="2026-03-01T10:05:00Z")
    assert who(late, early) == "bob"
    assert who(late, event(who="ann", after={"displayName": "x"})) == "ann"


def test_what_is_gone_was_ended_by_a_call_that_ends():
    assert (
        who(
            event("DeleteVcn", who="ann"),
            event(who="bob", at="2026-03-01T10:05:00Z"),
            gone=True,
            field="",
        )
        == "ann"
    )
    assert who(event(who="bob"), gone=True, field="") == ""


@pytest.mark.parametrize(
    ("ocid", "name", "found"),
    [
        (f"{VCN}/part", "x", event(who="ann")),
        (
            "ocid1.bucket.oc1.iad.z",
            "conceptlens-dev-uploads",
            event("UpdateBucket", who="ann", resource="/n/ns/b/conceptlens-dev-uploads"),
        ),
    ],
)
def test_a_part_goes_by_its_whole_and_a_bucket_by_its_name(ocid, name, found):
    assert who(found, ocid=ocid, name=name) == "ann"


def test_oci_is_asked_by_whole_minutes():
    assert whole_minute(datetime(2026, 3, 1, 10, 5, 59, 3, tzinfo=UTC)) == datetime(
        2026, 3, 1, 10, 5, tzinfo=UTC
    )


def test_an_origin_keeps_address_program_operation_and_request():
    assert event().origin == {
        "at": "2026-03-01T10:00:00Z",
        "operation": "UpdateVcn",
        "address": "10.1.2.3",
        "program": "Oracle-CLI/3",
        "request": "R1",
        "principal": "ocid1.user.operator",
    }
