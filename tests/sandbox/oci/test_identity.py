"""Compartments, tags, people, policies."""

import pytest


def _compartment(estate, name, parent=None):
    details = {"compartmentId": parent or estate.tenancy, "name": name, "description": "x"}
    return estate.clients.identity.create_compartment(details).data


def test_a_compartments_name_is_unique_in_its_parent(estate, refusal):
    details = {"compartmentId": estate.tenancy, "name": "conceptlens-dev", "description": "x"}
    assert refusal(estate.clients.identity.create_compartment, details) == (
        409,
        "CompartmentAlreadyExists",
    )
    assert _compartment(estate, "conceptlens-dev", estate.compartment).id != estate.compartment


def test_the_tree_is_listed_level_by_level_or_whole(estate):
    inner = _compartment(estate, "inner", estate.compartment)
    read = estate.clients.identity.list_compartments
    assert [found.id for found in read(estate.compartment).data] == [inner.id]
    whole = read(estate.tenancy, compartment_id_in_subtree=True, access_level="ANY").data
    assert {found.id for found in whole} == {estate.compartment, inner.id}


def test_deleting_a_compartment_that_holds_something_fails_in_its_work_request(estate):
    estate.vcn()
    answer = estate.clients.identity.delete_compartment(estate.compartment)
    assert answer.status == 202
    work = estate.clients.identity.get_work_request(answer.headers["opc-work-request-id"]).data
    assert work.status == "FAILED"
    assert (
        estate.clients.identity.get_compartment(estate.compartment).data.lifecycle_state == "ACTIVE"
    )


def test_a_deleted_compartment_gives_its_name_back_and_keeps_a_record(estate):
    estate.clients.identity.delete_compartment(estate.compartment)
    gone = estate.clients.identity.get_compartment(estate.compartment).data
    assert gone.lifecycle_state == "DELETED" and gone.name.startswith("conceptlens-dev.")
    assert _compartment(estate, "conceptlens-dev").id != estate.compartment


@pytest.fixture
def namespace(estate):
    return estate.clients.identity.create_tag_namespace(
        {"compartmentId": estate.compartment, "name": "conceptlens", "description": "ours"}
    ).data


def test_a_defined_tag_must_exist_whatever_its_case(estate, namespace, refusal):
    details = {
        "compartmentId": estate.compartment,
        "cidrBlocks": ["10.0.0.0/16"],
        "definedTags": {"conceptlens": {"env": "dev"}},
    }
    create = estate.clients.network.create_vcn
    assert refusal(create, details) == (400, "RelatedResourceNotAuthorizedOrNotFound")
    estate.clients.identity.create_tag(namespace.id, {"name": "Env", "description": "environment"})
    assert create(details).data.defined_tags["conceptlens"] == {"env": "dev"}


def test_tag_names_are_unique_without_regard_to_case(estate, namespace, refusal):
    identity = estate.clients.identity
    identity.create_tag(namespace.id, {"name": "costCenter", "description": "x"})
    assert refusal(
        identity.create_tag, namespace.id, {"name": "COSTCENTER", "description": "x"}
    ) == (409, "TagAlreadyExists")
    assert identity.get_tag(namespace.id, "costcenter").data.name == "costCenter"
    again = {"compartmentId": estate.compartment, "name": "ConceptLens", "description": "x"}
    assert refusal(identity.create_tag_namespace, again) == (409, "TagNamespaceAlreadyExists")


def test_a_retired_tag_cannot_be_given_and_only_a_retired_one_deleted(estate, namespace, refusal):
    identity = estate.clients.identity
    identity.create_tag(namespace.id, {"name": "env", "description": "x"})
    assert refusal(identity.delete_tag, namespace.id, "env") == (409, "IncorrectState")
    identity.update_tag(namespace.id, "env", {"isRetired": True})
    details = {
        "compartmentId": estate.compartment,
        "cidrBlocks": ["10.0.0.0/16"],
        "definedTags": {"conceptlens": {"env": "dev"}},
    }
    assert refusal(estate.clients.network.create_vcn, details)[0] == 400
    work = identity.delete_tag(namespace.id, "env").headers["opc-work-request-id"]
    assert identity.get_tagging_work_request(work).data.status == "SUCCEEDED"


def test_a_tag_with_listed_values_takes_no_other(estate, namespace, refusal):
    validator = {"validatorType": "ENUM", "values": ["dev", "prod"]}
    estate.clients.identity.create_tag(
        namespace.id, {"name": "env", "description": "x", "validator": validator}
    )
    details = {
        "compartmentId": estate.compartment,
        "cidrBlocks": ["10.0.0.0/16"],
        "definedTags": {"conceptlens": {"env": "test"}},
    }
    assert refusal(estate.clients.network.create_vcn, details) == (400, "InvalidParameter")


def test_a_variable_in_a_tag_is_replaced_by_who_sets_it(estate, namespace):
    estate.clients.identity.create_tag(namespace.id, {"name": "owner", "description": "x"})
    details = {
        "compartmentId": estate.compartment,
        "cidrBlocks": ["10.0.0.0/16"],
        "definedTags": {"conceptlens": {"owner": "of ${iam.principal.name}"}},
    }
    made = estate.clients.network.create_vcn(details).data
    assert made.defined_tags["conceptlens"] == {"owner": "of default/portal"}


def test_tag_defaults_are_applied_below_and_a_required_one_demands_a_value(
    estate, namespace, refusal
):
    identity = estate.clients.identity
    tag = identity.create_tag(namespace.id, {"name": "env", "description": "x"}).data
    default = {
        "compartmentId": estate.compartment,
        "tagDefinitionId": tag.id,
        "value": "dev",
        "isRequired": False,
    }
    made = identity.create_tag_default(default).data
    tags = estate.vcn().defined_tags
    assert (
        tags["conceptlens"] == {"env": "dev"}
        and tags["Oracle-Tags"]["CreatedBy"] == "default/portal"
    )
    identity.update_tag_default(made.id, {"value": "dev", "isRequired": True})
    details = {"compartmentId": estate.compartment, "cidrBlocks": ["10.1.0.0/16"]}
    assert refusal(estate.clients.network.create_vcn, details) == (400, "InvalidParameter")


GOOD = [
    ("Allow group conceptlens-deployers to manage compute-container-family in compartment {name}"),
    (
        "allow group 'Default'/'conceptlens-deployers' to use load-balancers in compartment id"
        " {ocid}"
    ),
    (
        "Allow dynamic-group api to read secret-bundles in compartment id {ocid}"
        " where target.secret.id = 'x'"
    ),
    (
        "Allow dynamic-group api to manage objects in tenancy"
        " where all {{target.bucket.name = 'up', any {{"
        "request.permission = 'A', request.permission = 'B'}}}}"
    ),
    "Allow service objectstorage-us-ashburn-1 to manage object-family in compartment {name}",
    "Allow any-user to use keys in tenancy where request.principal.type != 'x'",
]
BAD = [
    "Permit group a to manage b in tenancy",
    "Allow group a manage b in tenancy",
    "Allow group a to own b in tenancy",
    "Allow group a to manage b",
    "Allow group a to manage b in tenancy where",
    "Allow group a to manage b in tenancy where all {target.x = 'y', nonsense}",
]


@pytest.mark.parametrize("statement", GOOD)
def test_a_policy_that_parses_is_stored(estate, statement):
    name = estate.clients.identity.get_compartment(estate.compartment).data.name
    statement = statement.format(ocid=estate.compartment, name=name)
    details = {
        "compartmentId": estate.tenancy,
        "name": "p",
        "description": "x",
        "statements": [statement],
    }
    assert estate.clients.identity.create_policy(details).data.statements == [statement]


@pytest.mark.parametrize("statement", BAD)
def test_a_policy_that_does_not_parse_is_refused(estate, statement, refusal):
    details = {
        "compartmentId": estate.tenancy,
        "name": "p",
        "description": "x",
        "statements": [statement],
    }
    assert refusal(estate.clients.identity.create_policy, details) == (400, "InvalidParameter")


def test_groups_and_dynamic_groups_share_their_names(estate, refusal):
    identity = estate.clients.identity
    group = identity.create_group(
        {"compartmentId": estate.tenancy, "name": "deployers", "description": "x"}
    ).data
    dynamic = {
        "compartmentId": estate.tenancy,
        "name": "deployers",
        "description": "x",
        "matchingRule": "ALL {resource.type = 'x'}",
    }
    assert refusal(identity.create_dynamic_group, dynamic) == (409, "DynamicGroupAlreadyExists")
    user = identity.create_user(
        {"compartmentId": estate.tenancy, "name": "alice", "description": "x"}
    ).data
    member = identity.add_user_to_group({"userId": user.id, "groupId": group.id}).data
    assert [
        found.id
        for found in identity.list_user_group_memberships(estate.tenancy, group_id=group.id).data
    ] == [member.id]
    assert refusal(identity.delete_group, group.id)[0] == 409
    identity.remove_user_from_group(member.id)
    assert identity.delete_group(group.id).status == 204


RULE = (
    "ALL {resource.type = 'computecontainerinstance', resource.compartment.id ="
    " 'ocid1.compartment.oc1..aa'}"
)


def test_names_of_groups_and_policies_are_taken_once_and_given_back(estate, refusal):
    identity, common = (
        estate.clients.identity,
        {"compartmentId": estate.tenancy, "description": "x"},
    )
    statements = ["Allow group ops to read all-resources in tenancy"]
    for kind, more in (
        ("group", {}),
        ("dynamic_group", {"matchingRule": RULE}),
        ("policy", {"statements": statements}),
    ):
        create, delete = getattr(identity, f"create_{kind}"), getattr(identity, f"delete_{kind}")
        made = create({**common, **more, "name": "ops"}).data
        code = "".join(word.capitalize() for word in kind.split("_")) + "AlreadyExists"
        assert refusal(create, {**common, **more, "name": "ops"}) == (409, code)
        assert (
            getattr(identity, f"update_{kind}")(made.id, {"description": "y"}).data.description
            == "y"
        )
        delete(made.id)
        assert create({**common, **more, "name": "ops"}).data.id != made.id
        delete(
            next(
                item.id
                for item in getattr(identity, _listed(kind))(estate.tenancy).data
                if item.lifecycle_state == "ACTIVE"
            )
        )


def _listed(kind):
    return {"policy": "list_policies"}.get(kind, f"list_{kind}s")


def test_a_statement_or_rule_that_does_not_parse_changes_nothing(estate, refusal):
    identity, common = (
        estate.clients.identity,
        {"compartmentId": estate.tenancy, "name": "api", "description": "x"},
    )
    policy = identity.create_policy({**common, "statements": [GOOD[-1]]}).data
    assert refusal(identity.update_policy, policy.id, {"statements": [GOOD[-1], BAD[0]]}) == (
        400,
        "InvalidParameter",
    )
    assert identity.get_policy(policy.id).data.statements == [GOOD[-1]]
    for rule in (
        "containers",
        "ALL {resource.type computecontainerinstance}",
        "ALL {resource.type = 'x'",
    ):
        assert refusal(identity.create_dynamic_group, {**common, "matchingRule": rule}) == (
            400,
            "InvalidParameter",
        )
    tagged = "ANY {" + RULE + ", tag.conceptlens.role.value = 'worker', tag.conceptlens.env.value}"
    group = identity.create_dynamic_group({**common, "matchingRule": tagged}).data
    assert refusal(identity.update_dynamic_group, group.id, {"matchingRule": "SOME {}"}) == (
        400,
        "InvalidParameter",
    )


def test_the_home_region_and_the_recovery_region_are_subscribed(estate):
    found = estate.clients.identity.list_region_subscriptions(estate.tenancy).data
    assert [
        (item.region_name, item.is_home_region, item.status)
        for item in found
        if item.is_home_region
    ] == [("us-ashburn-1", True, "READY")]
    assert {item.region_name for item in found} == {"us-ashburn-1", "us-phoenix-1"}
    assert len(estate.clients.identity.list_availability_domains(estate.tenancy).data) == 3
    assert estate.clients.identity.get_tenancy(estate.tenancy).data.home_region_key == "IAD"


def test_retiring_a_namespace_retires_its_tags_and_bringing_it_back_brings_none(
    estate, namespace, refusal
):
    identity = estate.clients.identity
    identity.create_tag(namespace.id, {"name": "env", "description": "x"})
    default = {
        "compartmentId": estate.compartment,
        "tagDefinitionId": identity.get_tag(namespace.id, "env").data.id,
        "value": "dev",
    }
    identity.create_tag_default(default)
    identity.update_tag_namespace(namespace.id, {"isRetired": True})
    assert identity.get_tag(namespace.id, "env").data.is_retired
    body = {"compartmentId": estate.compartment, "cidrBlocks": ["10.0.0.0/16"]}
    assert "env" not in estate.clients.network.create_vcn(body).data.defined_tags.get(
        namespace.name, {}
    )
    assert refusal(identity.update_tag, namespace.id, "env", {"isRetired": False})[0] == 409
    identity.update_tag_namespace(namespace.id, {"isRetired": False})
    assert identity.get_tag(namespace.id, "env").data.is_retired
    identity.update_tag(namespace.id, "env", {"isRetired": False})
    assert estate.clients.network.create_vcn(
        {**body, "cidrBlocks": ["10.1.0.0/16"]}
    ).data.defined_tags[namespace.name] == {"env": "dev"}
