"""Anchors: signed heads in a bucket that the portal can add to, and never change."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import oci
import pytest
from django.core.management import CommandError, call_command

from portal.anchors import bucket, jobs
from portal.audit.checkpoint import as_dict, checkpoint_now
from portal.audit.seal import seal_once
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.cloud.errors import CloudError
from portal.jobs.dispatch import submit
from portal.jobs.models import ChangeFreeze
from portal.jobs.runner import run_until_idle
from portal.lib.act import Act

NAME = "audit-anchors"


def by_hand(simulator, kind):
    who = next(one for one in simulator.tenancy["users"] if one["name"] == "operator")
    config = {
        "tenancy": simulator.tenancy["tenancy"],
        "user": who["ocid"],
        "fingerprint": who["fingerprint"],
        "key_content": who["key"],
        "region": "us-ashburn-1",
    }
    return kind(config, service_endpoint=simulator.endpoint)


@pytest.fixture
def anchors(simulator, settings, db):
    """A bucket in a compartment of its own, made by an administrator as the documentation says."""
    simulator.reset(statements=())
    identity = by_hand(simulator, oci.identity.IdentityClient)
    storage = by_hand(simulator, oci.object_storage.ObjectStorageClient)
    model, root = oci.identity.models, simulator.tenancy["tenancy"]
    home = identity.create_compartment(
        model.CreateCompartmentDetails(compartment_id=root, name="audit", description="Audit")
    ).data.id
    group = identity.create_group(
        model.CreateGroupDetails(compartment_id=root, name="conceptlens-portal", description="P")
    ).data.id
    identity.add_user_to_group(
        model.AddUserToGroupDetails(user_id=simulator.tenancy["user"], group_id=group)
    )
    out = StringIO()
    call_command("portal_policy", "--anchors", NAME, home, "--json", stdout=out)
    identity.create_policy(
        model.CreatePolicyDetails(
            compartment_id=root,
            name="anchors",
            description="Anchors",
            statements=json.loads(out.getvalue())[-1:],  # and nothing else, whatever else it has
        )
    )
    details = oci.object_storage.models.CreateBucketDetails(name=NAME, compartment_id=home)
    namespace = storage.get_namespace().data
    storage.create_bucket(namespace, details)
    storage.create_retention_rule(
        namespace,
        NAME,
        oci.object_storage.models.CreateRetentionRuleDetails(
            display_name="keep",
            duration=oci.object_storage.models.Duration(time_amount=1, time_unit="YEARS"),
            time_rule_locked=datetime.now(UTC) + timedelta(days=15),
        ),
    )
    settings.AUDIT_ANCHOR_BUCKET, settings.AUDIT_ANCHOR_NAMESPACE = NAME, namespace
    return simulator


def write_rows(count=1):
    for number in range(count):
        audit(Act(Verb.LOGOUT, f"user:{number}"), actor="user:dan")
    seal_once()
    return checkpoint_now()


def anchor():
    job = submit("audit.anchor", environment="", actor="system:schedule", spec={})
    run_until_idle(hurry=True)
    job.refresh_from_db()
    return job


def test_the_newest_head_is_written_once_and_no_row_of_it_needs_another(anchors):
    head = write_rows(3)
    assert anchor().state == "succeeded"
    kept = bucket.read_heads()
    assert kept == [as_dict(head)]
    puts = len(anchors.journal("put_object"))
    assert anchor().state == "succeeded"
    assert len(anchors.journal("put_object")) == puts


def test_what_was_written_can_be_neither_changed_nor_deleted_by_the_portal(anchors):
    head = write_rows()
    anchor()
    cloud, name = client(), bucket.object_name(head)
    at = (cloud.namespace, NAME, name)
    with pytest.raises(CloudError):
        cloud.change("object_storage", "put_object", *at, b"{}")
    with pytest.raises(CloudError):
        cloud.change("object_storage", "delete_object", *at)
    assert bucket.read_heads()[0] == as_dict(head)


def test_even_an_administrator_cannot_delete_it_while_the_rule_holds(anchors):
    head = write_rows()
    anchor()
    storage = by_hand(anchors, oci.object_storage.ObjectStorageClient)
    with pytest.raises(oci.exceptions.ServiceError):
        storage.delete_object(client().namespace, NAME, bucket.object_name(head))


def test_the_trail_is_verified_against_them(anchors):
    write_rows(2)
    anchor()
    write_rows(2)
    anchor()
    out = StringIO()
    call_command("audit_verify", "--anchors", stdout=out)
    assert len(bucket.read_heads()) >= 2 and out.getvalue()


def test_a_trail_that_was_cut_off_is_found_by_the_job_and_by_the_command(anchors, monkeypatch):
    head = write_rows(2)
    ahead = {**as_dict(head), "size": head.size + 40}
    put = client().change
    put(
        "object_storage",
        "put_object",
        client().namespace,
        NAME,
        f"heads/{head.size + 40:015d}-{'0' * 16}.json",
        json.dumps(ahead).encode(),
    )
    job = anchor()
    assert job.state == "failed" and "rows are missing here" in job.reason
    with pytest.raises(CommandError, match="is not what was signed"):
        call_command("audit_verify", "--anchors")
    frozen = ChangeFreeze.objects.in_force().get()
    assert anchor().state == "failed" and ChangeFreeze.objects.count() == 1
    frozen.lift(actor="user:ada", reason="restored from the backup of this night")
    write_rows()
    assert anchor().state == "succeeded"  # acknowledged: the trail goes on, and is anchored again
    assert not ChangeFreeze.objects.in_force().exists()


def test_an_anchor_that_another_worker_wrote_meanwhile_freezes_nothing(anchors, monkeypatch):
    old = write_rows()
    new = write_rows(2)
    bucket.put(client(), new)
    heads = iter([old, new])
    monkeypatch.setattr(jobs, "latest", lambda: next(heads))
    assert anchor().state == "succeeded"
    assert not ChangeFreeze.objects.exists()


def test_without_a_bucket_nothing_is_asked_and_the_command_says_so(simulator, db):
    write_rows()
    assert anchor().state == "succeeded" and anchors_asked(simulator) == []
    with pytest.raises(CommandError, match="AUDIT_ANCHOR_BUCKET is empty"):
        call_command("audit_verify", "--anchors")


def anchors_asked(simulator):
    return [one["operation"] for one in simulator.journal() if "object" in one["operation"]]


def test_a_bucket_that_cannot_be_read_is_told_in_words(anchors, settings):
    settings.AUDIT_ANCHOR_BUCKET = "another"
    write_rows()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("audit_verify", "--anchors")
    assert anchor().state == "failed"
