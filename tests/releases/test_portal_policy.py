"""The policy that the portal needs: generated, documented, enough for a whole journey in a tenancy
prepared as docs/first-tenancy.md says, and nothing in it to spare.
"""

import io
import json
from datetime import timedelta
from pathlib import Path

import oci
import pytest
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from environments.certificates.imports import import_certificate
from environments.drift import events
from environments.jobs import watch
from environments.kinds import KINDS
from environments.models import Environment
from environments.regions.read import read_subscriptions
from portal.cloud import portal_policy
from portal.cloud.client import client
from portal.lib.clock import now
from releases.frontend import store
from releases.frontend.upload import read_secrets
from tests.committed import _wipe
from tests.environments.certificates.test_imports import bundle
from tests.environments.site import Site as Place
from tests.ports import free_port
from tests.releases.site import build, noted

DOCUMENTED = Path("docs/portal-policy.txt")
BUCKETS = ("bucket.frontend-static", "bucket.backups", "bucket.uploads")
WHOLE = {"budget_per_month": 100, "budget_recipients": ["ops@example.com"], "backups_keep_days": 1}


def printed(*arguments):
    out = io.StringIO()
    call_command("portal_policy", *arguments, stdout=out)
    return out.getvalue()


def test_the_documented_policy_is_what_the_command_prints():
    assert DOCUMENTED.read_text() == printed(), (
        "run: manage.py portal_policy > docs/portal-policy.txt"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_the_portal_needs_for_it(kind):
    assert KINDS[kind].portal_rights
    said = [one.because for one in portal_policy.statements()]
    assert any(kind.replace("_", " ") in parts for parts in said)


def test_with_a_parent_compartment_only_what_lives_in_the_root_is_allowed_there():
    wide = [
        one.text
        for one in portal_policy.statements(parent="ocid1.compartment.p")
        if one.text.endswith("in tenancy") or " in tenancy where" in one.text
    ]
    types = {text.split(" to ")[1].split(" in ")[0] for text in wide}
    assert types == {
        "inspect tenancies",
        "{TENANCY_UPDATE}",
        "use tag-namespaces",
        "manage tag-namespaces",
        "inspect groups",
        "manage groups",
        "manage dynamic-groups",
        "inspect repos",
        "manage usage-budgets",
    }


def test_it_is_written_for_a_group_or_a_dynamic_group_and_for_any_prefix():
    lines = json.loads(printed("--dynamic-group", "machines", "--prefix", "acme-lens", "--json"))
    assert all(line.startswith("Allow dynamic-group machines to ") for line in lines)
    assert any("target.tag-namespace.name = 'acmelens'" in line for line in lines)
    assert any("target.group.name = /acme-lens-*/" in line for line in lines)
    assert len(lines) <= 50  # statements that one policy holds


def test_every_statement_is_needed_by_a_call_of_a_whole_journey(tenancy, site, decisions):
    wanted = {one.text for one in portal_policy.statements(parent=tenancy.parent)}
    denied = [one for one in decisions if not met(one)]
    assert denied == []
    needed = {
        statement: [
            f"{one['operation']} {one['permission']}"
            for one in decisions
            if not met(one, without=statement)
        ]
        for statement in wanted
    }
    assert [statement for statement, calls in needed.items() if not calls] == []
    # and what uploads hold stays out of its reach
    assert read_nothing(tenancy, "backups") == read_nothing(tenancy, "frontend-static")
    assert (read_nothing(tenancy, "backups"), read_nothing(tenancy, "uploads")) == (
        "ObjectNotFound",
        "BucketNotFound",
    )


def read_nothing(simulator, which):
    """Return the code of the refusal of an object that is not there."""
    storage = sdk(simulator, oci.object_storage.ObjectStorageClient)
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        storage.get_object(client().namespace, f"conceptlens-dev-{which}", "nothing.txt")
    return refused.value.code


def met(decision, without=""):
    """Say whether a requirement is met when one statement is taken away."""
    return any(
        all(any(statement != without for statement in givers) for givers in places)
        for places in decision["alternatives"]
    )


def sdk(simulator, kind, user="portal"):
    """Return a client of a seeded user."""
    who = next(one for one in simulator.tenancy["users"] if one["name"] == user)
    config = {
        "tenancy": simulator.tenancy["tenancy"],
        "user": who["ocid"],
        "fingerprint": who["fingerprint"],
        "key_content": who["key"],
        "region": "us-ashburn-1",
    }
    return kind(config, service_endpoint=simulator.endpoint)


@pytest.fixture(scope="module")
def tenancy(_pristine, django_db_blocker, simulator_process):
    """A tenancy that an administrator prepared by hand, step by step as documented."""
    simulator = simulator_process
    simulator.reset(statements=())
    root, portal = simulator.tenancy["tenancy"], simulator.tenancy["user"]
    by_hand, model = sdk(simulator, oci.identity.IdentityClient, "operator"), oci.identity.models
    with pytest.raises(oci.exceptions.ServiceError):  # so far the portal may do nothing
        sdk(simulator, oci.identity.IdentityClient).list_compartments(root)
    parent = by_hand.create_compartment(
        model.CreateCompartmentDetails(compartment_id=root, name="conceptlens", description="All")
    ).data.id
    group = by_hand.create_group(
        model.CreateGroupDetails(compartment_id=root, name="conceptlens-portal", description="P")
    ).data.id
    by_hand.add_user_to_group(model.AddUserToGroupDetails(user_id=portal, group_id=group))
    by_hand.create_policy(
        model.CreatePolicyDetails(
            compartment_id=root,
            name="conceptlens-portal",
            description="The platform portal",
            statements=json.loads(printed("--parent", parent, "--json")),
        )
    )
    simulator.parent = parent
    simulator.control("POST", "/decisions")
    with override_settings(OCI=simulator.settings):
        yield simulator


@pytest.fixture(scope="module")
def site(tenancy, _pristine, django_db_blocker):
    """dev of that tenancy with a release live, stage with every kind of resource."""
    with django_db_blocker.unblock():
        try:
            made = build(tenancy, "dev", *BUCKETS, "queue", parent=tenancy.parent)
            job = made.deploy("1.4.0")
            assert job.state == "succeeded", noted(job)
            yield made
        finally:
            connections.close_all()
            _wipe(_pristine)


@pytest.fixture(scope="module")
def decisions(tenancy, site, django_db_blocker):
    """Return what the calls of the journey needed, with the statements that gave it."""
    with django_db_blocker.unblock():
        cloud, dev = client(), Environment.objects.get(slug="dev")
        whole = Place(
            slug="stage",
            domain="stage.example.org",
            also={**WHOLE, "parent_compartment": tenancy.parent},
        )
        whole.apply()
        read_subscriptions(cloud)
        cloud.change(
            "identity",
            "create_region_subscription",
            {"regionKey": "FRA"},
            tenancy.tenancy["tenancy"],
        )
        dev.settings |= {"domain": "dev.example.com", "https_listener_port": free_port()}
        dev.set_compartment(dev.resource("compartment").ocid)
        import_certificate(dev, bundle(), site.cast.admin)
        events.read_events(cloud, dev.compartment_ocid, now() - timedelta(minutes=5), now())
        assert watch.post_dead_letters(dev, cloud) == 0
        assert set(read_secrets(dev, "user:dan")) > {"OPENAI_API_KEY"}
        kept = store.keep(dev, io.BytesIO(b"kept"), size=4, sha256="0" * 64, kind="zip")
        cloud.read("object_storage", "get_object", cloud.namespace, store.bucket(dev), kept)
    return [one for one in tenancy.control("GET", "/decisions") if one["caller"] == "portal"]


def test_a_machine_in_a_dynamic_group_has_the_same_rights(simulator, monkeypatch):
    simulator.reset(statements=())
    root, machine = simulator.tenancy["tenancy"], "ocid1.instance.oc1.iad.portal"
    by_hand, model = sdk(simulator, oci.identity.IdentityClient, "operator"), oci.identity.models
    by_hand.create_dynamic_group(
        model.CreateDynamicGroupDetails(
            compartment_id=root,
            name="portal",
            description="The platform portal",
            matching_rule=f"ALL {{instance.id = '{machine}'}}",
        )
    )
    by_hand.create_policy(
        model.CreatePolicyDetails(
            compartment_id=root,
            name="portal",
            description="The platform portal",
            statements=json.loads(printed("--dynamic-group", "portal", "--json")),
        )
    )
    token = {"subject": machine, "type": "instance", "compartment": root}
    issued = simulator.control("POST", "/tokens", token)
    variables = {
        "VERSION": "2.2",
        "RPST": issued["token"],
        "PRIVATE_PEM": issued["key"],
        "REGION": issued["region"],
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"OCI_RESOURCE_PRINCIPAL_{name}", value)
    with override_settings(
        OCI={
            "auth": "resource_principal",
            "endpoint": simulator.endpoint,
            "region": "us-ashburn-1",
            "tenancy": root,
        }
    ):
        whole = Place(domain="dev.example.com", also=WHOLE)
        whole.apply()
        assert whole.plan() == {}
    callers = {one["caller"] for one in simulator.journal("create_bucket")}
    assert callers == {machine}
