"""The client: plain values in and out, one attempt a call."""

import threading
import time

import pytest

from portal.cloud import sdk_clients
from portal.cloud.access import cloud_identity, signer
from portal.cloud.client import client
from tests.portal.cloud.conftest import Reply

VCN = {
    "id": "ocid1.vcn.oc1..v",
    "displayName": "a",
    "lifecycleState": "A_STATE_OF_TOMORROW",
    "timeCreated": "2026-01-02T03:04:05.000Z",
}


def test_it_answers_the_wire_body_untouched_with_request_id_and_etag(cloud):
    cloud.replies = [Reply(VCN, headers={"etag": "e1", "opc-work-request-id": "wr"})]
    answer = client().read("virtual_network", "get_vcn", VCN["id"])
    assert answer.data == VCN
    assert (answer.request_id, answer.etag, answer.work_request, answer.status) == (
        "REQ",
        "e1",
        "wr",
        200,
    )


def test_it_signs_what_it_sends_and_takes_wire_names(cloud):
    cloud.replies = [Reply(VCN)]
    client().change(
        "virtual_network",
        "create_vcn",
        {"compartmentId": "c", "cidrBlocks": ["10.0.0.0/16"]},
        retry_token="t-1",
    )
    method, path, body, headers = cloud.seen[0]
    assert (method, path) == ("POST", "/20160918/vcns")
    assert body == {"compartmentId": "c", "cidrBlocks": ["10.0.0.0/16"]}
    assert headers["opc-retry-token"] == "t-1"
    assert headers["authorization"].startswith("Signature ")


def test_it_sends_no_token_where_the_operation_takes_none(cloud):
    assert client().takes_token("virtual_network", "create_vcn")
    assert not client().takes_token("object_storage", "create_bucket")
    assert not client().takes_token("vaults", "update_secret")
    client().change(
        "object_storage",
        "create_bucket",
        "ns",
        {"name": "b", "compartmentId": "c"},
        retry_token="t-1",
    )
    assert "opc-retry-token" not in {name.lower() for name in cloud.seen[0][3]}


def test_it_reads_every_page(cloud):
    cloud.replies = [Reply([{"id": 1}], headers={"opc-next-page": "p2"}), Reply([{"id": 2}])]
    assert client().pages("virtual_network", "list_vcns", compartment_id="c") == [
        {"id": 1},
        {"id": 2},
    ]
    assert "page=p2" in cloud.seen[1][1]


def test_it_reads_every_page_of_a_collection(cloud):
    cloud.replies = [Reply({"items": [1]}, headers={"opc-next-page": "p2"}), Reply({"items": [2]})]
    assert client().pages("artifacts", "list_container_repositories", "c") == [1, 2]


def test_it_reads_every_page_of_an_object_listing(cloud):
    cloud.replies = [
        Reply({"objects": [{"name": "a"}], "nextStartWith": "b"}),
        Reply({"objects": [{"name": "b"}]}),
    ]
    assert client().pages("object_storage", "list_objects", "ns", "bucket") == [
        {"name": "a"},
        {"name": "b"},
    ]
    assert "start=b" in cloud.seen[1][1]


def test_it_reaches_a_resource_at_its_own_endpoint(cloud):
    vault = client().at(f"{cloud_identity().endpoint}/kms/v1")
    cloud.replies = [Reply({"id": "key"})]
    assert vault.read("kms_management", "get_key", "k").data == {"id": "key"}
    assert (
        client()
        .read("kms_management", "get_key", "k", at=f"{cloud_identity().endpoint}/kms/v2")
        .status
        == 200
    )
    assert [path for _, path, _, _ in cloud.seen] == [
        "/kms/v1/20180608/keys/k",
        "/kms/v2/20180608/keys/k",
    ]
    with pytest.raises(ValueError, match="endpoint per resource"):
        client().read("kms_management", "get_key", "k")


def test_it_finds_the_home_region_once_where_addresses_follow_regions(cloud, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "portal.cloud.client.sdk_client",
        lambda service, identity, **place: asked.append((service, place["region"])) or Regions(),
    )
    abroad = client("eu-frankfurt-1")
    identity = type(abroad.identity)(
        **{**_fields(abroad.identity), "endpoint": "", "region": "us-phoenix-1"}
    )
    abroad = type(abroad)(identity=identity, region="eu-frankfurt-1")
    abroad.change("identity", "get_compartment", "c")
    abroad.read("identity", "get_compartment", "c")
    # The region of the client may be one that the tenancy does not have: the portal's own is asked
    # where home is.
    assert asked == [
        ("identity", "us-phoenix-1"),
        ("identity", "us-ashburn-1"),
        ("identity", "us-ashburn-1"),
    ]


def test_clients_share_one_signer_and_are_made_once(cloud):
    identity = cloud_identity()
    assert signer(identity) is signer(identity)
    made = [sdk_clients.sdk_client("identity", identity, region=identity.region) for _ in range(3)]
    assert len({id(one) for one in made}) == 1
    assert (
        made[0].base_client.signer
        is sdk_clients.sdk_client("vaults", identity, region=identity.region).base_client.signer
    )


def test_a_client_with_the_shared_signer_is_cheap(cloud):
    identity = cloud_identity()
    sdk_clients.sdk_client("identity", identity, region="warm")
    began = time.perf_counter()
    for number in range(20):
        sdk_clients.sdk_client("identity", identity, region=f"r{number}")
    assert (time.perf_counter() - began) / 20 < 0.01  # 35-70 ms when each loads the private key


def test_one_client_serves_many_threads_with_kept_connections(cloud):
    cloud.by_path = {f"/vcns/v{n}": Reply({"id": f"v{n}"}) for n in range(10, 42)}
    wrong = []

    def read(number):
        for _ in range(10):
            if client().read("virtual_network", "get_vcn", f"v{number}").data != {
                "id": f"v{number}"
            }:
                wrong.append(number)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(10, 42)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not wrong
    assert len(cloud.seen) == 320


class Regions:
    def list_region_subscriptions(self, tenancy):
        return _Response(
            [{"regionName": "us-phoenix-1"}, {"regionName": "us-ashburn-1", "isHomeRegion": True}]
        )

    def get_compartment(self, ocid):
        return _Response({"id": ocid})


class _Response:
    status = 200
    headers: dict[str, str] = {}

    def __init__(self, data):
        self.data = data


def _fields(identity):
    return {name: getattr(identity, name) for name in identity.__slots__}
