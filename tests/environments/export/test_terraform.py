"""An export is Terraform that the provider understands: its own names, references instead of
OCIDs, imports of what exists.
"""

import json
import re
from pathlib import Path

import pytest

from environments.desired import Known
from environments.export.terraform import TerraformWriter, imports, label, resources, surroundings
from environments.kinds import KINDS
from environments.kinds.terraform_form import snake
from tests.environments.build import built, wanted

PROVIDER = json.loads(Path(__file__).with_name("provider.json").read_text())["types"]
META = {"lifecycle", "depends_on"}
VARIABLES = surroundings("us-ashburn-1", "")["variables.tf.json"]["variable"]
BUDGET = {"settings": {"budget_per_month": 500, "budget_recipients": ["team@example.com"]}}
ENVIRONMENTS = {
    "dev": {},
    "prod": {"slug": "prod", "position": 3},
    "https": {"settings": {"domain": "conceptlens.example"}, "certificate": "ocid1.certificate"},
    "budget": BUDGET,
}


def written(known=None, **changes):
    return TerraformWriter(
        {want.key: want for want in wanted(**changes)}, known or {}, "namespace"
    ).blocks()


def every(blocks):
    return [block for made in blocks.values() for block in made]


def known_of(**changes):
    observed, _ = built(wanted(**changes))
    return {key: Known(found.ocid, found.facts) for key, found in observed.items()}


def names(tree):
    return {name.rstrip("!"): inside for name, inside in tree.items()}


def wrong_names(where, arguments, tree):
    """Return every argument that the provider does not document, and every required one that
    is missing.
    """
    known, found = names(tree), []
    for name, value in arguments.items():
        if name not in known:
            found.append(f"{where}.{name} is no argument")
        elif known[name]:
            items = value if isinstance(value, list) else [value]
            found += [
                words
                for item in items
                for words in wrong_names(f"{where}.{name}", item, known[name])
            ]
    missing = [name[:-1] for name in tree if name.endswith("!") and name[:-1] not in arguments]
    return [*found, *[f"{where}.{name} is missing" for name in missing]]


def test_every_kind_has_a_form():
    assert [key for key, kind in KINDS.items() if not kind.terraform.type] == []


@pytest.mark.parametrize("which", ENVIRONMENTS)
def test_the_provider_documents_every_resource_and_argument(which):
    wrong = []
    for block in every(written(**ENVIRONMENTS[which])):
        arguments = {name: value for name, value in block.arguments.items() if name not in META}
        wrong += wrong_names(block.address, arguments, PROVIDER[block.type])
    assert not wrong, "\n".join(wrong)


def test_what_is_ignored_is_an_argument_of_the_provider():
    for block in every(written(**ENVIRONMENTS["https"])):
        ignored = block.arguments.get("lifecycle", {}).get("ignore_changes", [])
        assert set(ignored) <= names(PROVIDER[block.type]).keys(), block.address


@pytest.mark.parametrize("which", ENVIRONMENTS)
def test_everything_with_defined_tags_waits_for_the_tags(which):
    tags = {f"oci_identity_tag.tag_{key}" for key in ("project", "env", "owner", "costCenter")}
    blocks = every(written(**ENVIRONMENTS[which]))
    tagged = [block for block in blocks if "defined_tags" in block.arguments]
    assert len(tagged) > 30
    for block in tagged:
        assert tags <= set(block.arguments["depends_on"]), block.address
        assert {"defined_tags", "freeform_tags"} <= set(
            block.arguments["lifecycle"]["ignore_changes"]
        )
    addresses = {block.address for block in blocks}
    for block in blocks:
        assert set(block.arguments.get("depends_on", [])) <= addresses - {block.address}


def test_lifecycle_rules_wait_for_the_right_of_the_service():
    (block,) = [one for one in every(written()) if one.label == "lifecycle_backups"]
    assert "oci_identity_policy.policy_services" in block.arguments["depends_on"]


def test_the_order_that_terraform_follows_has_no_circle():
    blocks = every(written(**ENVIRONMENTS["https"]))
    text = {block.address: json.dumps(block.arguments) for block in blocks}
    needs = {
        one: {other for other in text if other != one and re.search(rf"{other}\b", said)}
        for one, said in text.items()
    }
    done = set()
    while len(done) < len(needs):
        ready = {one for one, before in needs.items() if one not in done and before <= done}
        assert ready, sorted(needs.keys() - done)
        done |= ready


def test_what_oci_puts_there_itself_is_left_alone():
    provider = surroundings("us-ashburn-1", "")["provider.tf.json"]["provider"]["oci"]
    assert provider["ignore_defined_tags"] == ["Oracle-Tags.CreatedBy", "Oracle-Tags.CreatedOn"]
    blocks = {block.label: block.arguments for block in every(written(**ENVIRONMENTS["https"]))}
    assert "endpoint" in blocks["subscription"]["lifecycle"]["ignore_changes"]
    assert "shape" in blocks["db_system"]["lifecycle"]["ignore_changes"]
    assert blocks["listener_https"]["ssl_configuration"]["verify_depth"] == 1


@pytest.mark.parametrize("which", ENVIRONMENTS)
def test_references_lead_to_resources_of_the_same_export(which):
    blocks = every(written(**ENVIRONMENTS[which]))
    text = json.dumps(resources(blocks))
    addresses = {block.address for block in blocks}
    for part in text.split("${")[1:]:
        expression = part.partition("}")[0]
        if expression.startswith("oci_"):
            assert ".".join(expression.split(".")[:2]) in addresses, expression
        else:
            assert expression.startswith(("var.", "data.oci_")), expression
            assert expression.partition(".")[2] in VARIABLES or not expression.startswith("var.")


def test_what_exists_has_an_import_block_and_what_does_not_has_none():
    assert imports(every(written())) == {"import": []}
    blocks = every(written(known_of()))
    missing = [
        block.address
        for block in blocks
        if not block.imported and "security_rule" not in block.type
    ]
    assert missing == []
    assert all("${" not in block.imported for block in blocks)


def test_the_ids_to_import_are_written_as_the_provider_wants_them():
    ids = {block.label: block.imported for block in every(written(known_of()))}
    assert ids["bucket_uploads"] == "n/namespace/b/conceptlens-dev-uploads"
    assert ids["lifecycle_uploads"] == "n/namespace/b/conceptlens-dev-uploads/l"
    assert ids["backend_set_api"] == "loadBalancers/ocid1.load_balancer/backendSets/api"
    assert ids["key"] == "managementEndpoint/https://kms/keys/ocid1.key"
    alerts = {block.label: block.imported for block in every(written(known_of(**BUDGET), **BUDGET))}
    assert alerts["budget_alert_50"] == "budgets/ocid1.budget/alertRules/ocid1.budget_alert.50"
    assert ids["tag_env"] == "tagNamespaces/ocid1.tag_namespace/tags/env"


def test_rules_of_a_security_group_are_resources_of_their_own():
    known = {"nsg.lb": Known("ocid1.nsg.lb", {"rules": {"INGRESS visitors": "4A1B"}})}
    rules = [block for block in written(known)["nsg.lb"] if "security_rule" in block.type]
    assert [rule.arguments["network_security_group_id"] for rule in rules] == [
        "${oci_core_network_security_group.nsg_lb.id}"
    ] * len(rules)
    taken = {rule.label: rule.imported for rule in rules}
    assert (
        taken["nsg_lb_ingress_visitors"] == "networkSecurityGroups/ocid1.nsg.lb/securityRules/4A1B"
    )
    assert not any(imported for name, imported in taken.items() if "egress" in name)


def test_what_cannot_be_made_again_is_kept_from_being_destroyed():
    kept = {
        block.label
        for block in every(written())
        if block.arguments.get("lifecycle", {}).get("prevent_destroy")
    }
    assert {"vault", "key", "bucket_uploads", "secret_DATABASE_URL", "compartment"} <= kept
    assert "alarm_5xx" not in kept


def test_a_retention_rule_is_written_in_its_bucket():
    backups = next(block for block in every(written()) if block.label == "bucket_backups")
    assert backups.arguments["retention_rules"] == [
        {"display_name": "keep", "duration": {"time_amount": "7", "time_unit": "DAYS"}}
    ]


def test_the_database_takes_its_password_by_reference():
    database = next(
        block for block in every(written()) if block.type == "oci_psql_db_system"
    ).arguments
    assert database["credentials"]["password_details"] == {
        "password_type": "VAULT_SECRET",
        "secret_id": "${oci_vault_secret.secret_DATABASE_PASSWORD.id}",
        "secret_version": "${oci_vault_secret.secret_DATABASE_PASSWORD.current_version_number}",
    }


def test_no_secret_is_in_it():
    text = json.dumps(resources(every(written())))
    assert "secret_content" not in text.replace('"secret_content"]', "").replace(
        '["secret_content"', ""
    )
    assert "${var.webhook_endpoint}" in text
    assert "••" not in text
    assert "portal-seal" not in text


@pytest.mark.parametrize(
    ("wire", "terraform"),
    [
        ("cidrBlocks", "cidr_blocks"),
        ("instanceMemorySizeInGBs", "instance_memory_size_in_gbs"),
        ("isPublicIpAssigned", "is_public_ip_assigned"),
        ("urlPath", "url_path"),
        ("name", "name"),
    ],
)
def test_wire_names_become_terraforms(wire, terraform):
    assert snake(wire) == terraform


def test_labels_are_names_that_terraform_takes():
    assert label("bucket.frontend-static") == "bucket_frontend-static"
    assert label("nsg.app_egress services of oci") == "nsg_app_egress_services_of_oci"
