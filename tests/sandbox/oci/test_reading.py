"""Lists, pages, filters, etags, scopes: what holds for every kind."""

import oci
from oci.dns import DnsClient


def test_pages_come_one_after_the_other_and_the_last_has_no_token(estate):
    made = {estate.vcn(f"10.{number}.0.0/16").id for number in range(7)}
    read = estate.clients.network.list_vcns
    first = read(estate.compartment, limit=3)
    assert len(first.data) == 3 and first.has_next_page
    everything = oci.pagination.list_call_get_all_results(read, estate.compartment, limit=3)
    assert {vcn.id for vcn in everything.data} == made and len(everything.data) == 7
    last = read(
        estate.compartment,
        limit=3,
        page=read(estate.compartment, limit=3, page=first.next_page).next_page,
    )
    assert len(last.data) == 1 and "opc-next-page" not in last.headers


def test_a_page_token_belongs_to_its_query(estate, refusal):
    for number in range(3):
        estate.vcn(f"10.{number}.0.0/16")
    token = estate.clients.network.list_vcns(estate.compartment, limit=1).next_page
    assert refusal(estate.clients.network.list_vcns, estate.tenancy, limit=1, page=token) == (
        400,
        "InvalidParameter",
    )
    assert refusal(estate.clients.network.list_vcns, estate.compartment, page="nonsense") == (
        400,
        "InvalidParameter",
    )
    assert refusal(estate.clients.network.list_vcns, estate.compartment, limit=0) == (
        400,
        "InvalidParameter",
    )


def test_lists_filter_and_sort(estate):
    for name in ("b", "a", "c"):
        estate.vcn(displayName=name)
    read = estate.clients.network.list_vcns
    assert [vcn.display_name for vcn in read(estate.compartment, display_name="a").data] == ["a"]
    assert [vcn.display_name for vcn in read(estate.compartment, sort_by="DISPLAYNAME").data] == [
        "a",
        "b",
        "c",
    ]
    assert [
        vcn.display_name
        for vcn in read(estate.compartment, sort_by="DISPLAYNAME", sort_order="DESC").data
    ] == [
        "c",
        "b",
        "a",
    ]
    assert len(read(estate.compartment, lifecycle_state="AVAILABLE").data) == 3


def test_a_collection_and_a_bare_list_both_come_as_the_sdk_expects(estate):
    estate.clients.registry.create_container_repository(
        {"compartmentId": estate.compartment, "displayName": "conceptlens-dev/api"}
    )
    assert [
        item.display_name
        for item in estate.clients.registry.list_container_repositories(
            estate.compartment
        ).data.items
    ]
    assert isinstance(estate.clients.network.list_vcns(estate.compartment).data, list)


def test_another_compartment_shows_nothing_and_an_unknown_one_is_404(estate, refusal):
    estate.vcn()
    assert estate.clients.network.list_vcns(estate.tenancy).data == []
    assert refusal(estate.clients.network.list_vcns, "ocid1.compartment.oc1..nobody") == (
        404,
        "NotAuthorizedOrNotFound",
    )


def test_an_unknown_ocid_is_404(estate, refusal):
    assert refusal(estate.clients.network.get_vcn, "ocid1.vcn.oc1.iad.nobody") == (
        404,
        "NotAuthorizedOrNotFound",
    )


def test_an_old_etag_is_refused_and_the_current_one_taken(estate, refusal):
    network, vcn = estate.clients.network, estate.vcn()
    current = network.get_vcn(vcn.id).headers["etag"]
    assert refusal(network.update_vcn, vcn.id, {"displayName": "x"}, if_match="old") == (
        412,
        "NoEtagMatch",
    )
    changed = network.update_vcn(vcn.id, {"displayName": "x"}, if_match=current)
    assert changed.data.display_name == "x" and changed.headers["etag"] != current
    assert refusal(network.delete_vcn, vcn.id, if_match=current) == (412, "NoEtagMatch")


def test_every_answer_carries_the_callers_request_id(estate):
    given = "0123456789ABCDEF0123456789ABCDEF"
    answer = estate.clients.vaults.list_vaults(estate.compartment, opc_request_id=given)
    assert answer.request_id.startswith(given + "/")


def test_a_filter_that_is_not_simulated_is_not_silently_everything(estate, refusal):
    read = estate.clients.make(DnsClient).list_zones
    assert refusal(read, estate.compartment, tsig_key_id="x") == (501, "MethodNotImplemented")
    assert refusal(estate.clients.network.list_vcns, estate.compartment, limit=2000) == (
        400,
        "InvalidParameter",
    )
