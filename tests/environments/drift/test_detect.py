"""Drift in the simulator: what somebody does with the SDK is found with since when and who,
and ends when it is put back.
"""

import json
from datetime import timedelta
from io import StringIO

import oci
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from oci.retry import NoneRetryStrategy

from environments.blueprint import whole
from environments.drift.accept import accept
from environments.drift.detect import detect
from environments.models import DriftItem, Environment
from environments.reconcile import planning
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from portal.lib.refusal import Refused
from tests.environments.site import with_needs
from tests.pages import said
from tests.portal.accounts.people import make_cast, sign_in

KEYS = ["bucket.uploads", "subnet.public", "nsg.app"]


@pytest.fixture
def dev(db, simulator, settings, monkeypatch):
    settings.JOB_SETTLE_SECONDS = 0.1
    make_cast()
    sdk_clients.reset()
    whole_blueprint = whole.blueprint
    monkeypatch.setattr(planning, "blueprint", lambda spec: with_needs(whole_blueprint(spec), KEYS))
    environment = seed_environments()[0]
    put_back(environment)
    return Environment.objects.get(pk=environment.pk)


@pytest.fixture
def somebody(simulator):
    """The SDK in the hands of another user of the tenancy."""
    person = next(user for user in simulator.tenancy["users"] if user["name"] == "operator")
    config = {
        **simulator.config,
        "user": person["ocid"],
        "fingerprint": person["fingerprint"],
        "key_content": person["key"],
    }

    def client(kind):
        return kind(config, service_endpoint=simulator.endpoint, retry_strategy=NoneRetryStrategy())

    return client


def put_back(environment):
    job = apply(make_plan(environment, actor="user:dan"), actor="user:dan")
    for _ in range(2):
        run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded", (job.at_step, job.reason)


def opened(environment):
    return {
        (row.key if row.sort != "unmanaged" else row.name, row.field): row
        for row in environment.drift_items.open()
    }


def test_a_change_by_hand_is_found_with_its_author_put_back_and_over(dev, somebody):
    assert detect(dev).words == "none" and not opened(dev)
    storage, network_client = (
        somebody(oci.object_storage.ObjectStorageClient),
        somebody(oci.core.VirtualNetworkClient),
    )
    namespace = storage.get_namespace().data
    storage.update_bucket(
        namespace,
        "conceptlens-dev-uploads",
        {"versioning": "Suspended", "publicAccessType": "ObjectRead"},
    )
    network_client.delete_network_security_group(dev.ocid("nsg.app"))
    network_client.create_vcn(
        {
            "compartmentId": dev.compartment_ocid,
            "cidrBlocks": ["10.99.0.0/16"],
            "displayName": "shadow",
        }
    )
    report = detect(dev)
    assert (report.words, report.unmanaged) == ("3 differences", 1)
    found = opened(dev)
    assert {key: row.sort for key, row in found.items()} == {
        ("bucket.uploads", "publicAccessType"): "changed",
        ("bucket.uploads", "versioning"): "changed",
        ("nsg.app", ""): "missing",
        ("shadow", ""): "unmanaged",
    }
    versioning = found["bucket.uploads", "versioning"]
    assert (versioning.desired, versioning.found, versioning.settings) == (
        "Enabled",
        "Disabled",
        {"versioned_uploads": False},
    )
    assert "No setting controls" in found["bucket.uploads", "publicAccessType"].not_a_setting
    assert (versioning.who, versioning.origin["operation"], versioning.origin["address"]) == (
        "operator",
        "UpdateBucket",
        "127.0.0.1",
    )
    assert (found["nsg.app", ""].who, found["nsg.app", ""].origin["operation"]) == (
        "operator",
        "DeleteNetworkSecurityGroup",
    )
    assert Event.objects.filter(verb="environment.drift_found", actor="system:drift").count() == 3
    since = versioning.first_seen
    detect(dev, at=now() + timedelta(minutes=10))
    again = opened(dev)["bucket.uploads", "versioning"]
    assert (again.pk, again.first_seen, again.last_seen > since) == (versioning.pk, since, True)
    assert Event.objects.filter(verb="environment.drift_found").count() == 3  # told once
    put_back(dev)
    assert detect(dev, at=now() + timedelta(minutes=20)).words == "none"
    versioning.refresh_from_db()
    assert versioning.closed_at and versioning.who == "operator"
    assert set(opened(dev)) == {("shadow", "")}  # nobody touches what the portal does not know


def test_what_a_setting_can_want_is_accepted_once(dev, somebody, client, cast):
    storage = somebody(oci.object_storage.ObjectStorageClient)
    storage.update_bucket(
        storage.get_namespace().data, "conceptlens-dev-uploads", {"versioning": "Suspended"}
    )
    detect(dev)
    row = opened(dev)["bucket.uploads", "versioning"]
    accept(row, cast.admin)
    dev = Environment.objects.get(pk=dev.pk)
    assert dev.setting("versioned_uploads") is False
    event = json.loads(Event.objects.get(verb="environment.drift_taken_over").body)
    assert event["detail"]["settings"] == {"versioned_uploads": {"before": True, "after": False}}
    assert detect(dev, at=now() + timedelta(minutes=10)).words == "none"
    row.refresh_from_db()
    assert row.closed_at and row.taken_over_by == cast.admin.actor
    with pytest.raises(Refused, match="no longer a difference"):
        accept(row, cast.admin)


def test_settings_that_wait_for_an_apply_are_no_drift_and_name_who_edited_them(dev):
    planning.audit(planning.Verb.ENVIRONMENT_CHANGED, actor="user:ada", environment="dev")
    dev.settings["public_subnet_cidr"], dev.settings["versioned_uploads"] = "10.20.5.0/24", False
    dev.save()
    report = detect(dev)
    assert report.words == "none" and report.changes
    row = opened(dev)["bucket.uploads", "versioning"]
    assert (row.sort, row.who) == ("pending", "user:ada")


def test_oci_that_is_silent_leaves_the_differences_as_they_were(dev, somebody, simulator, settings):
    storage = somebody(oci.object_storage.ObjectStorageClient)
    storage.update_bucket(
        storage.get_namespace().data, "conceptlens-dev-uploads", {"publicAccessType": "ObjectRead"}
    )
    simulator.fault(
        "error", "list_events", status=503, code="ServiceUnavailable", message="x", count=1
    )
    detect(dev)
    assert opened(dev)["bucket.uploads", "publicAccessType"].who == ""  # unknown, and asked again
    detect(dev, at=now() + timedelta(minutes=10))
    assert opened(dev)["bucket.uploads", "publicAccessType"].who == "operator"
    settings.OCI = {**settings.OCI, "endpoint": "http://127.0.0.1:9"}
    assert detect(dev, at=now() + timedelta(minutes=20)).words == "unknown"
    assert opened(dev)["bucket.uploads", "publicAccessType"].closed_at is None


def test_the_command_tells_by_its_exit_code(dev, somebody):
    out = StringIO()
    call_command("drift", "dev", stdout=out)
    assert "OCI matches the settings" in out.getvalue()
    storage = somebody(oci.object_storage.ObjectStorageClient)
    storage.update_bucket(
        storage.get_namespace().data, "conceptlens-dev-uploads", {"publicAccessType": "ObjectRead"}
    )
    out = StringIO()
    with pytest.raises(CommandError, match="1 difference in OCI") as caught:
        call_command("drift", "dev", stdout=out)
    assert caught.value.returncode == 1
    assert (
        "publicAccessType: 'NoPublicAccess' desired, 'ObjectRead' found" in out.getvalue()
        and "by operator" in out.getvalue()
    )
    for words in (["mars"], ["prod"]):
        with pytest.raises(CommandError) as caught:
            call_command("drift", *words)
        assert caught.value.returncode == 2


def test_the_page_shows_it_all_from_the_database(dev, somebody, client, cast, settings):
    storage = somebody(oci.object_storage.ObjectStorageClient)
    storage.update_bucket(
        storage.get_namespace().data, "conceptlens-dev-uploads", {"versioning": "Suspended"}
    )
    detect(dev), detect(dev, at=now() + timedelta(minutes=10))
    settings.OCI = {**settings.OCI, "endpoint": "http://127.0.0.1:9"}
    row = DriftItem.objects.get()
    page = said(sign_in(client, cast.readonly).get("/environments/dev/drift/"))
    for part in (
        "bucket.uploads",
        "UpdateBucket from 127.0.0.1",
        "versioned_uploads = false",
        "p-chart",
        "1 at the last one",
    ):
        assert part in page, part
    assert "Accept…" not in page and "Plan to revert" not in page
    address = f"/environments/dev/drift/{row.pk}/accept/"
    assert client.post(address).status_code == 403
    assert Event.objects.filter(verb="environment.drift_taken_over", outcome="refused").count() == 1
    sign_in(client, cast.admin, seconds_ago=3600)
    assert client.post(address).status_code == 403  # a change of the settings takes a fresh sign-in
    sign_in(client, cast.admin)
    assert "Accept…" in client.get("/environments/dev/drift/").text
    assert "lifecycle.uploads" in client.get(address).text  # what else the setting decides
    assert client.post(address).url == "/environments/dev/drift/"
    assert client.post(address).status_code == 409
    assert Environment.objects.get(pk=dev.pk).setting("versioned_uploads") is False
