"""What OCI does not know everywhere at once: the answers, and that they end."""

import oci
import pytest

LABEL = {"definedTags": {"fresh": {"owner": "me"}}}


@pytest.fixture
def timed(simulator):
    """Delays as in the tables, in simulated seconds that pass by advancing."""
    simulator.control("POST", "/clock", {"scale": 100})
    return simulator


@pytest.fixture
def root(timed):
    return timed.tenancy["tenancy"]


def described(root, name, **more):
    return {"compartmentId": root, "name": name, "description": name, **more}


def test_new_tags_are_invalid_until_they_are_known(timed, clients, root, refusal):
    identity = clients.identity
    space = identity.create_tag_namespace(described(root, "fresh")).data
    identity.create_tag(space.id, {"name": "owner", "description": "owner"})
    asked = described(root, "tagged", **LABEL)
    with pytest.raises(oci.exceptions.ServiceError, match="Invalid tags"):
        identity.create_compartment(asked)
    timed.advance(4000)
    assert identity.create_compartment(asked).status == 200


def test_a_new_compartment_is_unknown_to_a_policy(timed, clients, root, refusal):
    made = clients.identity.create_compartment(described(root, "young")).data
    statement = f"allow group Administrators to read buckets in compartment id {made.id}"
    asked = described(root, "reading", statements=[statement])
    with pytest.raises(oci.exceptions.ServiceError, match="policy compartment subtree"):
        clients.identity.create_policy(asked)
    timed.advance(4000)
    assert clients.identity.create_policy(asked).status == 200


def test_a_new_group_is_unknown_to_a_policy(timed, clients, root):
    clients.identity.create_group(described(root, "young"))
    asked = described(root, "reading", statements=["allow group young to read buckets in tenancy"])
    with pytest.raises(oci.exceptions.ServiceError, match="does not exist"):
        clients.identity.create_policy(asked)
    timed.advance(4000)
    assert clients.identity.create_policy(asked).status == 200
