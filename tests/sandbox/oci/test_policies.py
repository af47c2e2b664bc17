"""Policies decide: who may call what, where, from when on."""

import oci
import pytest

from tests.sandbox.oci.conftest import Clients

NOT_ALLOWED = (404, "NotAuthorizedOrNotFound")
NO_NAMESPACE = (404, "NamespaceNotFound")


class Person:
    """A user of the tenancy without any right, and a way to give them some."""

    def __init__(self, simulator, clients, user):
        self.simulator, self.boss, self.tenancy = simulator, clients, simulator.tenancy["tenancy"]
        common = {"compartmentId": self.tenancy, "description": "x"}
        self.user = clients.identity.create_user({**common, "name": user}).data.id
        self.group = clients.identity.create_group({**common, "name": "team"}).data.id
        self.membership = clients.identity.add_user_to_group(
            {"userId": self.user, "groupId": self.group}
        ).data.id
        given = simulator.control("POST", "/tokens", {"subject": self.user})
        key = oci.signer.load_private_key(given["key"], None)
        self.clients = Clients(
            simulator, signer=oci.auth.signers.SecurityTokenSigner(given["token"], key)
        )

    def may(self, *statements, at=""):
        """Write a policy; return its OCID."""
        return self.boss.identity.create_policy(
            {
                "compartmentId": at or self.tenancy,
                "name": f"policy{abs(hash(statements))}",
                "description": "x",
                "statements": list(statements),
            }
        ).data.id


@pytest.fixture
def person(simulator, clients):
    return Person(simulator, clients, "pat")


def machine(simulator, compartment, kind="resource", word="computecontainerinstance"):
    given = simulator.control(
        "POST",
        "/tokens",
        {"subject": f"ocid1.{word}.oc1.iad.x", "type": kind, "compartment": compartment},
    )
    key = oci.signer.load_private_key(given["key"], None)
    return Clients(simulator, signer=oci.auth.signers.SecurityTokenSigner(given["token"], key))


def test_without_a_statement_nothing_is_allowed(person, estate, refusal):
    vcn = estate.vcn()
    assert refusal(person.clients.network.list_vcns, estate.compartment) == NOT_ALLOWED
    assert refusal(person.clients.network.get_vcn, vcn.id) == NOT_ALLOWED
    details = {"compartmentId": estate.compartment, "cidrBlocks": ["10.1.0.0/16"]}
    assert refusal(person.clients.network.create_vcn, details) == NOT_ALLOWED
    assert person.clients.storage.get_namespace().data  # everybody's right


def test_a_verb_allows_what_it_includes_in_its_compartment_and_below(person, estate, refusal):
    vcn = estate.vcn()
    person.may(f"Allow group team to read vcns in compartment id {estate.compartment}")
    network = person.clients.network
    assert [one.id for one in network.list_vcns(estate.compartment).data] == [vcn.id]
    assert refusal(network.update_vcn, vcn.id, {"displayName": "other"}) == NOT_ALLOWED
    assert refusal(network.delete_vcn, vcn.id) == NOT_ALLOWED
    assert refusal(network.list_vcns, estate.tenancy) == NOT_ALLOWED
    details = {"compartmentId": estate.compartment, "name": "below", "description": "x"}
    below = estate.clients.identity.create_compartment(details).data.id
    assert network.list_vcns(below).data == []


def test_rights_of_several_statements_add_up(person, estate, refusal):
    vcn = estate.vcn()
    place = f"in compartment id {estate.compartment}"
    details = {"compartmentId": estate.compartment, "vcnId": vcn.id, "displayName": "app"}
    create = person.clients.network.create_network_security_group
    person.may(f"Allow group team to manage network-security-groups {place}")
    # VCN_ATTACH is missing for something that the body names
    assert refusal(create, details) == (400, "RelatedResourceNotAuthorizedOrNotFound")
    person.may(f"Allow group team to manage vcns {place}")
    assert create(details).data.display_name == "app"


def test_a_condition_on_a_name_allows_the_one_and_no_list(person, estate, refusal):
    estate.bucket("uploads")
    estate.bucket("exports")
    space = estate.clients.storage.get_namespace().data
    place = f"in compartment id {estate.compartment}"
    person.may(f"Allow group team to read buckets {place} where target.bucket.name = 'uploads'")
    storage = person.clients.storage
    assert storage.get_bucket(space, "uploads").data.name == "uploads"
    assert refusal(storage.get_bucket, space, "exports") == (404, "BucketNotFound")
    assert refusal(storage.get_bucket, space, "nothing") == (404, "BucketNotFound")
    assert refusal(storage.list_buckets, space, estate.compartment) == NO_NAMESPACE


def test_a_new_object_needs_create_and_a_known_one_overwrite(person, estate, refusal):
    estate.bucket("uploads")
    space = estate.clients.storage.get_namespace().data
    person.may(
        f"Allow group team to {{OBJECT_CREATE}} in compartment id {estate.compartment}"
        " where target.bucket.name = 'uploads'"
    )
    put = person.clients.storage.put_object
    assert put(space, "uploads", "a", b"1").status == 200
    assert refusal(put, space, "uploads", "a", b"2") == (404, "BucketNotFound")
    assert refusal(
        person.clients.storage.create_multipart_upload, space, "uploads", {"object": "b"}
    ) == (404, "BucketNotFound")


def test_the_values_of_secrets_are_apart_from_the_secrets(person, estate, refusal):
    vault = estate.vault()
    details = {
        "compartmentId": estate.compartment,
        "secretName": "A",
        "vaultId": vault.id,
        "keyId": estate.key(vault).id,
        "secretContent": {"contentType": "BASE64", "content": "YQ=="},
    }
    secret = estate.clients.secrets.create_secret(details).data.id
    person.may(f"Allow group team to manage secrets in compartment id {estate.compartment}")
    assert person.clients.secrets.get_secret(secret).data.secret_name == "A"
    assert refusal(person.clients.bundles.get_secret_bundle, secret) == NOT_ALLOWED
    assert refusal(person.clients.secrets.create_secret, details | {"secretName": "B"}) == (
        NOT_ALLOWED
    )


def test_a_container_has_the_rights_of_the_groups_that_its_token_was_issued_with(
    simulator, clients, estate, refusal
):
    common = {"compartmentId": estate.tenancy, "description": "x"}
    before = machine(simulator, estate.compartment)
    rule = (
        "all {resource.type = 'computecontainerinstance',"
        f" resource.compartment.id = '{estate.compartment}'}}"
    )
    clients.identity.create_dynamic_group({**common, "name": "api", "matchingRule": rule})
    said = [f"Allow dynamic-group api to inspect buckets in compartment id {estate.compartment}"]
    clients.identity.create_policy({**common, "name": "api", "statements": said})
    space = clients.storage.get_namespace().data
    listed = (space, estate.compartment)
    assert machine(simulator, estate.compartment).storage.list_buckets(*listed).data == []
    assert refusal(before.storage.list_buckets, *listed) == NO_NAMESPACE
    assert refusal(machine(simulator, estate.tenancy).storage.list_buckets, *listed) == NO_NAMESPACE
    virtual = machine(simulator, estate.compartment, "instance", "instance")
    assert refusal(virtual.storage.list_buckets, *listed) == NO_NAMESPACE


def test_an_instance_principal_has_the_rights_of_its_dynamic_group(simulator, clients, estate):
    common = {"compartmentId": estate.tenancy, "name": "portal", "description": "x"}
    rule = f"instance.compartment.id = '{estate.compartment}'"
    clients.identity.create_dynamic_group({**common, "matchingRule": rule})
    said = ["Allow dynamic-group portal to inspect compartments in tenancy"]
    clients.identity.create_policy({**common, "statements": said})
    virtual = machine(simulator, estate.compartment, "instance", "instance")
    assert virtual.identity.list_compartments(estate.tenancy).data


def test_policies_and_memberships_count_after_some_seconds(simulator, person, estate, refusal):
    simulator.control("POST", "/clock", {"scale": 1})
    policy = person.may("Allow group team to inspect compartments in tenancy")
    look = person.clients.identity.list_compartments
    assert refusal(look, estate.tenancy) == NOT_ALLOWED
    simulator.control("POST", "/clock", {"advance": 11})
    assert look(estate.tenancy).data
    person.boss.identity.delete_policy(policy)
    assert look(estate.tenancy).data
    simulator.control("POST", "/clock", {"advance": 11})
    assert refusal(look, estate.tenancy) == NOT_ALLOWED


def test_a_place_may_be_named_and_gives_nothing_outside_of_it(person, estate, refusal):
    person.may("Allow group team to read vcns in compartment conceptlens-dev")
    assert person.clients.network.list_vcns(estate.compartment).data == []
    assert refusal(person.clients.network.list_vcns, estate.tenancy) == NOT_ALLOWED


def test_lifecycle_rules_need_the_statement_of_the_service(estate, clients, refusal):
    estate.bucket("uploads")
    space = clients.storage.get_namespace().data
    rule = {"name": "old", "action": "DELETE", "timeAmount": 30, "timeUnit": "DAYS"}
    call = (space, "uploads", {"items": [rule | {"isEnabled": True}]})
    put = clients.storage.put_object_lifecycle_policy
    assert refusal(put, *call) == (400, "InsufficientServicePermissions")
    said = (
        "Allow service objectstorage-us-ashburn-1 to manage object-family in compartment id"
        f" {estate.compartment}"
    )
    clients.identity.create_policy(
        {
            "compartmentId": estate.tenancy,
            "name": "s",
            "description": "x",
            "statements": [said],
        }
    )
    assert put(*call).status == 200


def test_a_defined_tag_needs_the_use_of_its_namespace(person, estate, clients, refusal):
    common = {"compartmentId": estate.tenancy, "description": "x"}
    space = clients.identity.create_tag_namespace({**common, "name": "team"}).data.id
    clients.identity.create_tag(space, {"name": "cost", "description": "x"})
    person.may(f"Allow group team to manage vcns in compartment id {estate.compartment}")
    details = {
        "compartmentId": estate.compartment,
        "cidrBlocks": ["10.2.0.0/16"],
        "definedTags": {"team": {"cost": "1"}},
    }
    assert refusal(person.clients.network.create_vcn, details) == NOT_ALLOWED
    person.may("Allow group team to use tag-namespaces in tenancy")
    assert person.clients.network.create_vcn(details).data.id


def test_the_operator_is_an_administrator_by_the_policy_of_every_tenancy(simulator, clients):
    tenancy = simulator.tenancy["tenancy"]
    [policy] = [
        one for one in clients.identity.list_policies(tenancy).data if one.name.startswith("Tenant")
    ]
    assert policy.statements == ["ALLOW GROUP Administrators to manage all-resources IN TENANCY"]


@pytest.mark.parametrize(
    "text",
    [
        "Allow group a to manage vcns in tenancy",
        "Allow group a to manage vcns in compartment beside",
        "Allow group a to manage vcns in compartment id ocid1.compartment.oc1..unknown",
    ],
)
def test_a_policy_speaks_of_its_compartment_and_below_only(estate, refusal, text):
    identity = estate.clients.identity
    details = {"compartmentId": estate.tenancy, "name": "beside", "description": "x"}
    identity.create_compartment(details)
    policy = {
        "compartmentId": estate.compartment,
        "name": "p",
        "description": "x",
        "statements": [text],
    }
    assert refusal(identity.create_policy, policy) == (400, "InvalidParameter")


def test_a_tenancy_without_deny_policies_takes_none(estate, refusal):
    policy = {
        "compartmentId": estate.tenancy,
        "name": "p",
        "description": "x",
        "statements": ["Deny group a to manage vcns in tenancy"],
    }
    assert refusal(estate.clients.identity.create_policy, policy) == (400, "InvalidParameter")
