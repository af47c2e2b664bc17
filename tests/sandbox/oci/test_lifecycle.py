"""States pass with simulated time, and what is on its way takes no change."""

import oci
import pytest


@pytest.fixture
def timed(simulator):
    """Delays as in the tables, in simulated seconds that pass by advancing."""
    simulator.control("POST", "/clock", {"scale": 100})
    return simulator


def test_a_vcn_is_provisioning_until_its_time_has_come(estate, timed):
    vcn = estate.vcn()
    assert estate.clients.network.get_vcn(vcn.id).data.lifecycle_state == "PROVISIONING"
    timed.advance(100)
    assert estate.clients.network.get_vcn(vcn.id).data.lifecycle_state == "AVAILABLE"


def test_what_is_not_ready_cannot_be_changed_deleted_or_built_on(estate, timed, refusal):
    vcn = estate.vcn()
    subnet = {"compartmentId": estate.compartment, "vcnId": vcn.id, "cidrBlock": "10.0.1.0/24"}
    assert refusal(estate.clients.network.create_subnet, subnet) == (409, "IncorrectState")
    assert refusal(estate.clients.network.update_vcn, vcn.id, {"displayName": "x"}) == (
        409,
        "IncorrectState",
    )
    assert refusal(estate.clients.network.delete_vcn, vcn.id) == (409, "IncorrectState")


def test_a_deleted_thing_passes_terminating_lingers_and_is_forgotten(estate, timed, refusal):
    vcn = estate.vcn()
    timed.advance(100)
    estate.clients.network.delete_vcn(vcn.id)
    assert estate.clients.network.get_vcn(vcn.id).data.lifecycle_state == "TERMINATING"
    timed.advance(100)
    assert estate.clients.network.get_vcn(vcn.id).data.lifecycle_state == "TERMINATED"
    assert refusal(estate.clients.network.delete_vcn, vcn.id) == (404, "NotAuthorizedOrNotFound")
    timed.advance(100)
    assert refusal(estate.clients.network.get_vcn, vcn.id) == (404, "NotAuthorizedOrNotFound")


def test_the_sdks_own_waiter_sees_a_compartment_become_active(simulator, clients):
    composite = oci.identity.IdentityClientCompositeOperations(clients.identity)
    details = oci.identity.models.CreateCompartmentDetails(
        compartment_id=simulator.tenancy["tenancy"], name="waited", description="for"
    )
    made = composite.create_compartment_and_wait_for_state(details, wait_for_states=["ACTIVE"])
    assert made.data.lifecycle_state == "ACTIVE"


def test_a_compartment_can_be_used_once_it_is_active_and_known_everywhere(timed, clients, refusal):
    made = clients.identity.create_compartment(
        {"compartmentId": timed.tenancy["tenancy"], "name": "new", "description": "new"}
    ).data
    assert (
        refusal(
            clients.network.create_vcn, {"compartmentId": made.id, "cidrBlocks": ["10.0.0.0/16"]}
        )[0]
        == 404
    )
    timed.advance(200)
    assert clients.identity.get_compartment(made.id).data.lifecycle_state == "ACTIVE"
    body = {"compartmentId": made.id, "cidrBlocks": ["10.0.0.0/16"]}
    assert refusal(clients.network.create_vcn, body)[0] == 404
    timed.advance(4000)
    assert (
        clients.network.create_vcn({"compartmentId": made.id, "cidrBlocks": ["10.0.0.0/16"]}).status
        == 200
    )
