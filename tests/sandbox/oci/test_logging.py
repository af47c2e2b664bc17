"""Log groups, service and custom logs, what is sent to them and found again."""

import datetime
import json

import oci
import pytest


@pytest.fixture
def logging(clients):
    return clients.make(oci.logging.LoggingManagementClient)


@pytest.fixture
def made(logging):
    def follow(answer):
        assert answer.data is None and answer.status == 202
        return (
            logging.get_work_request(answer.headers["opc-work-request-id"])
            .data.resources[0]
            .identifier
        )

    return follow


@pytest.fixture
def group(estate, logging, made):
    details = {"compartmentId": estate.compartment, "displayName": "conceptlens-dev"}
    return logging.get_log_group(made(logging.create_log_group(details))).data


@pytest.fixture
def log(logging, group, made):
    def make(name="app", **more):
        return logging.get_log(
            group.id,
            made(logging.create_log(group.id, {"displayName": name, "logType": "CUSTOM", **more})),
        ).data

    return make


@pytest.fixture
def bucket_log(estate):
    estate.bucket("exports")
    source = {
        "sourceType": "OCISERVICE",
        "service": "objectstorage",
        "resource": "exports",
        "category": "write",
    }
    return lambda **more: {"logType": "SERVICE", "configuration": {"source": {**source, **more}}}


def test_a_group_is_emptied_before_it_goes_and_then_is_gone(estate, logging, group, log, refusal):
    held = log()
    assert refusal(logging.delete_log_group, group.id)[0] == 409
    again = {"compartmentId": estate.compartment, "displayName": group.display_name}
    assert refusal(logging.create_log_group, again) == (409, "LogGroupAlreadyExists")
    logging.delete_log(group.id, held.id)
    assert refusal(logging.get_log, group.id, held.id)[0] == 404
    work = logging.delete_log_group(group.id).headers["opc-work-request-id"]
    assert logging.get_work_request(work).data.operation_type == "DELETE_LOG_GROUP"
    assert refusal(logging.get_log_group, group.id)[0] == 404
    assert logging.list_log_groups(estate.tenancy, is_compartment_id_in_subtree=True).data == []


def test_a_log_has_its_name_and_its_retention(logging, group, log, refusal):
    found = log()
    assert (found.log_type, found.is_enabled, found.retention_duration, found.lifecycle_state) == (
        "CUSTOM",
        True,
        30,
        "ACTIVE",
    )
    assert refusal(log) == (409, "LogAlreadyExists")
    for days in (20, 45, 210):
        assert refusal(logging.update_log, group.id, found.id, {"retentionDuration": days}) == (
            400,
            "InvalidParameter",
        )
    logging.update_log(group.id, found.id, {"retentionDuration": 180, "isEnabled": False})
    changed = logging.get_log(group.id, found.id).data
    assert (changed.retention_duration, changed.lifecycle_state) == (180, "INACTIVE")
    assert refusal(logging.get_log, "ocid1.loggroup.oc1.iad.other", found.id)[0] == 404


def test_one_service_log_per_service_resource_and_category(
    logging, group, log, bucket_log, refusal
):
    first = log("writes", **bucket_log())
    assert first.configuration.source.category == "write"
    assert refusal(log, "again", **bucket_log()) == (409, "LogAlreadyExists")
    assert log("reads", **bucket_log(category="read")).id != first.id
    assert refusal(log, "x", **bucket_log(category="access")) == (400, "InvalidParameter")
    assert refusal(log, "x", **bucket_log(resource="nowhere"))[0] == 404
    assert refusal(log, "x", logType="SERVICE") == (400, "InvalidParameter")
    assert [
        item.id
        for item in logging.list_logs(
            group.id, source_resource="exports", display_name="writes"
        ).data
    ] == [first.id]
    assert "loadbalancer" in {item.id for item in logging.list_services().data}


def _entries(*rows):
    now = datetime.datetime.now(datetime.UTC).isoformat()
    entries = [
        {"id": str(number), "data": row if isinstance(row, str) else json.dumps(row)}
        for number, row in enumerate(rows)
    ]
    batch = {"source": "api", "type": "app", "defaultlogentrytime": now, "entries": entries}
    return {"specversion": "1.0", "logEntryBatches": [batch]}


@pytest.fixture
def search(clients):
    client = clients.make(oci.loggingsearch.LogSearchClient)

    def ask(query, days=1):
        now = datetime.datetime.now(datetime.UTC)
        span = {
            "timeStart": (now - datetime.timedelta(days=days)).isoformat(),
            "timeEnd": (now + datetime.timedelta(hours=1)).isoformat(),
        }
        return [
            result.data
            for result in client.search_logs({"searchQuery": query, **span}).data.results
        ]

    return ask


def test_what_is_sent_is_found(estate, clients, group, log, search, refusal):
    found = log()
    sender = clients.make(oci.loggingingestion.LoggingClient)
    sender.put_logs(
        found.id,
        _entries({"status": 503, "path": "/a"}, {"status": 200, "path": "/b"}, "plain text"),
    )
    place = f'search "{estate.compartment}/{group.id}/{found.id}"'
    assert len(search(place)) == 3 and len(search(f'search "{estate.compartment}"')) == 3
    assert [
        row["logContent"]["data"]["path"] for row in search(f"{place} | where data.status >= 500")
    ] == ["/a"]
    ordered = search(
        f"{place} | where data.path = '/*' and type = 'app' | sort by data.status asc | limit 1"
    )
    assert [row["logContent"]["data"]["status"] for row in ordered] == [200]
    assert search(f"{place} | where logContent contains 'plain' or data.status = 200 | count") == [
        {"count": 2}
    ]
    assert refusal(search, "find everything") == (400, "InvalidParameter")
    assert refusal(search, place, days=15) == (400, "InvalidParameter")


def test_only_an_enabled_custom_log_takes_entries(
    clients, logging, group, log, bucket_log, refusal
):
    sender = clients.make(oci.loggingingestion.LoggingClient)
    assert refusal(sender.put_logs, log("s", **bucket_log()).id, _entries("x")) == (
        400,
        "InvalidParameter",
    )
    found = log()
    logging.update_log(group.id, found.id, {"isEnabled": False})
    assert refusal(sender.put_logs, found.id, _entries("x")) == (409, "IncorrectState")
    assert refusal(sender.put_logs, "ocid1.log.oc1.iad.none", _entries("x"))[0] == 404


def test_work_requests_are_listed_by_status_and_id(estate, logging, log):
    log()
    done = logging.list_work_requests(estate.compartment, status="SUCCEEDED").data
    assert {item.operation_type for item in done} == {"CREATE_LOG_GROUP", "CREATE_LOG"}
    assert logging.list_work_requests(estate.compartment, status="CANCELLING").data == []
    assert [
        item.id for item in logging.list_work_requests(estate.compartment, id=done[0].id).data
    ] == [done[0].id]
