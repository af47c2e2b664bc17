"""Policy statements: as narrow as they must be, refused when they are not, said in words."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.blueprint import policies
from environments.blueprint.policy_lint import describe, parse, refusals, too_wide
from environments.desired import refs
from portal.lib.refusal import Invalid
from sandbox.oci.iam import grammar
from tests.environments.build import wanted

HERE = "in compartment id ocid1.compartment.oc1..c"
WIDE = [
    ("Allow group g to manage all-resources in compartment c", "all-resources is everything"),
    (f"Allow group g to read all-resources {HERE}", "values of secrets too"),
    (f"Allow any-user to read repos {HERE}", "for everybody"),
    (f"allow ANY-GROUP to inspect buckets {HERE}", "for everybody"),
    ("Allow group g to manage repos in tenancy", "whole tenancy"),
    (
        "Allow group g to use load-balancers in tenancy where request.region = 'iad'",
        "whole tenancy",
    ),
    (f"Allow dynamic-group d to read secret-bundles {HERE}", "every secret"),
    (f"Allow group g to read secret-family {HERE}", "every secret"),
    (
        f"Allow dynamic-group d to read secret-bundles {HERE} where target.secret.id != 'x'",
        "every secret",
    ),
    (
        f"Allow dynamic-group d to read secret-bundles {HERE} where target.secret.name = /*/",
        "every secret",
    ),
    (
        (
            f"Allow dynamic-group d to read secret-bundles {HERE} where any "
            "{target.secret.id = 'x', a.b = 'y'}"
        ),
        "every secret",
    ),
    (f"Allow dynamic-group d to manage objects {HERE}", "every bucket"),
    (
        (
            f"Allow dynamic-group d to manage objects {HERE} where any "
            "{request.permission = 'OBJECT_READ'}"
        ),
        "every bucket",
    ),
    (f"Allow group g to manage policies {HERE}", "give themselves any right"),
    (f"Allow group g to use dynamic-groups {HERE}", "give themselves any right"),
    (f"Allow dynamic-group d to use queue-push {HERE}", "name one by target.queue.id"),
    (
        f"Allow dynamic-group d to use queue-pull {HERE} where target.queue.id != 'q'",
        "name one by target.queue.id",
    ),
    (f"Allow group g to read log-content {HERE}", "name one by target.loggroup.id"),
    (f"Allow dynamic-group d to use metrics {HERE}", "name one by target.metrics.namespace"),
    (f"Allow service objectstorage-us-ashburn-1 to use keys {HERE}", "name one by target.key.id"),
    (f"Allow dynamic-group d to manage postgres-db-systems {HERE}", "make and change none of it"),
    (f"Allow dynamic-group d to manage queues {HERE}", "make and change none of it"),
    ("Endorse group g to read objects in any-tenancy", "not of the form"),
    ("Allow group g to {BUCKET_READ} in tenancy", "not of the form"),
    ("", "not of the form"),
]
NARROW = [
    f"Allow group g to manage compute-container-family {HERE}",
    f"Allow dynamic-group d to read secret-bundles {HERE} where target.secret.id = 'x'",
    (
        f"Allow dynamic-group d to read secret-bundles {HERE} where all "
        "{target.secret.name = 'x', request.region = 'iad'}"
    ),
    (
        f"Allow dynamic-group d to read secret-bundles {HERE} where any "
        "{target.secret.id = 'x', target.secret.id = 'y'}"
    ),
    f"Allow service objectstorage-us-ashburn-1 to manage object-family {HERE}",
    f"Allow dynamic-group d to use queue-push {HERE} where target.queue.id = 'q'",
    f"Allow group g to read metrics {HERE}",
    f"Allow group g to manage postgres-backups {HERE}",
    f"  allow   group 'Default'/'g' to read repos {HERE} ",
    "Allow group g to read compartments in tenancy",
]


def everything(**changes):
    return [line for want in wanted(**changes) for line in want.fields.get("statements", [])]


@pytest.mark.parametrize(("statement", "why"), WIDE)
def test_a_wide_statement_is_refused_with_the_reason(statement, why):
    assert why in "; ".join(too_wide(statement))
    assert refusals([statement])[0].startswith(repr(statement))


@pytest.mark.parametrize("statement", NARROW)
def test_a_narrow_statement_passes(statement):
    assert too_wide(statement) == []


@pytest.mark.parametrize("slug", ["dev", "stage", "prod"])
def test_every_statement_of_the_blueprint_is_narrow_and_parses_where_oci_would(slug):
    lines = everything(slug=slug)
    assert len(lines) == len(set(lines)) > 20
    assert refusals(lines) == []
    for want in wanted(slug=slug):
        found = want.resolved(lambda key, fact: f"ocid1.{key}.oc1..x").fields
        assert all(map(grammar.parse, found.get("statements", ())))
    assert all(parse(line).place == "compartment ${compartment}" for line in lines)


def test_a_wide_statement_stops_the_blueprint_naming_it(monkeypatch):
    monkeypatch.setattr(
        policies, "services", lambda region: ["Allow any-user to manage all-resources in tenancy"]
    )
    with pytest.raises(
        Invalid,
        match=r"dev give too much: 'Allow any-user .*for everybody.*all-resources.*whole tenancy",
    ):
        wanted()


def test_containers_may_read_their_secrets_by_ocid_and_nothing_in_backups():
    lines = everything()
    secrets = [line for line in lines if "secret-bundles" in line]
    assert {ref for line in secrets for ref in refs(line)} - {"compartment"} == {
        "secret.DATABASE_URL",
        "secret.OPENAI_API_KEY",
        "secret.INSTRUCTOR_USERNAME",
        "secret.INSTRUCTOR_PASSWORD",
    }
    assert not [line for line in lines if "-backups'" in line or "DATABASE_PASSWORD" in line]


def test_the_api_puts_into_the_queue_and_the_worker_takes_out_of_it():
    said = {(parse(line).who, parse(line).what) for line in everything() if "${queue}" in line}
    assert said == {("conceptlens-dev-api", "queue-push"), ("conceptlens-dev-worker", "queue-pull")}


def test_nobody_but_the_portal_makes_or_sizes_a_database():
    lines = [line for line in everything() if "postgres" in line]
    assert [(parse(line).verb, parse(line).what) for line in lines if parse(line).changes] == [
        ("manage", "postgres-backups")
    ]
    assert not [line for line in lines if "dynamic-group" in line]


def test_a_dynamic_group_holds_the_containers_of_the_environments_compartment():
    found = next(want for want in wanted() if want.key == "dynamic_group.api")
    assert (found.name, found.fields["matchingRule"]) == (
        "conceptlens-dev-api",
        (
            "ALL {resource.type = 'computecontainerinstance', resource.compartment.id = "
            "'${compartment}'}"
        ),
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("Allow group g to use subnets in compartment id c", "may use subnets in compartment c"),
        (
            "Allow group g to inspect all-resources in tenancy",
            "may list everything in the whole tenancy",
        ),
        (
            "Allow group g to manage queues in compartment a:b",
            "may make, change and delete queues in compartment a:b",
        ),
        (
            (
                "Allow dynamic-group d to read secret-bundles in compartment c where "
                "target.secret.id = 'DATABASE_URL'"
            ),
            "may see values of secrets in compartment c, only secret DATABASE_URL",
        ),
        (
            (
                "Allow dynamic-group d to manage objects in compartment c where all "
                "{target.bucket.name = 'up', "
                "any {request.permission = 'OBJECT_INSPECT', request.permission = 'OBJECT_READ'}}"
            ),
            "may list and read objects in compartment c, only bucket up",
        ),
        (
            (
                "Allow group g to manage repos in compartment c where any {request.permission = "
                "'REPOSITORY_READ'}"
            ),
            "may pull from container repositories in compartment c",
        ),
        (
            "Allow group g to read repos in compartment c where target.repo.name != 'x'",
            "may see container repositories in compartment c, only target.repo.name != 'x'",
        ),
        (
            "Allow dynamic-group d to use queue-pull in compartment c where target.queue.id = 'q'",
            "may take messages from queues in compartment c, only queue q",
        ),
        (
            (
                "Allow dynamic-group d to use log-content in compartment c where "
                "target.loggroup.id = 'g'"
            ),
            "may write to logs in compartment c, only log group g",
        ),
        ("Deny everybody", "has a statement that the portal cannot read: Deny everybody"),
    ],
)
def test_a_statement_is_said_in_words(statement, said):
    assert describe(statement) == said


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=8)


@given(name=NAMES, other=NAMES, value=NAMES)
def test_no_alternative_to_the_named_secret_passes(name, other, value):
    narrow = f"target.secret.id = '{value}'"
    start = f"Allow dynamic-group {name} to read secret-bundles {HERE} where"
    assert too_wide(f"{start} all {{x.{other} = '{value}', {narrow}}}") == []
    assert too_wide(f"{start} any {{x.{other} = '{value}', {narrow}}}")
    assert too_wide(f"{start} all {{x.{other} = '{value}', any {{{narrow}, x.{other} = 'a'}}}}")


@given(st.text(max_size=80))
def test_any_text_at_all_is_judged_and_said(text):
    assert too_wide(text) and describe(text)


def test_containers_upload_large_files_and_write_logs_without_reading_them():
    lines = [line for line in everything() if "dynamic-group" in line]
    uploads = next(one for one in lines if "dev-api " in one and "dev-uploads', any" in one)
    assert {"OBJECT_CREATE", "OBJECT_OVERWRITE"} <= set(
        parse(uploads).condition.values("request.permission")
    )
    logs = [parse(line) for line in lines if "log-content" in line]
    assert logs and all(
        one.condition.values("request.permission") == ["LOG_CONTENT_PUSH"] for one in logs
    )


def test_deployers_may_list_the_repositories_they_push_to():
    [repos] = [line for line in everything() if "deployers to manage repos" in line]
    assert "REPOSITORY_INSPECT" in parse(repos).condition.values("request.permission")


def test_in_prod_deployers_push_take_backups_and_read():
    lines = [line for line in everything(slug="prod", position=3) if "deployers" in line]
    assert refusals(lines, prod=True) == []
    changed = {parse(line).what for line in lines if parse(line).changes}
    assert changed == {"repos", "postgres-backups"}
    assert not [line for line in lines if "secret" in line]


@pytest.mark.parametrize(
    "act",
    [
        "manage compute-container-family",
        "use load-balancers",
        "manage postgres-backups",
        "use vnics",
    ],
)
def test_what_deployers_may_do_in_dev_is_too_wide_in_prod(act):
    statement = f"Allow group g to {act} {HERE}"
    assert too_wide(statement) == []
    assert "in prod" in too_wide(statement, prod=True)[0]
