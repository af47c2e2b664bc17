"""The inventory: searched, narrowed, paged and handed out; what it costs does not depend on
what there is.
"""

import csv
import io
import json
from datetime import timedelta

import pytest

from environments.models import DriftItem, ManagedResource
from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.clock import now
from tests.pages import said
from tests.portal.accounts.people import sign_in

TAGS = {"portal-key": "x", "team": "red", "conceptlens": {"costCenter": "cc-7", "owner": "ops"}}


def resource(environment, key, **fields):
    plain = {
        "kind": "bucket",
        "name": f"conceptlens-{environment.slug}-{key}",
        "state": "ACTIVE",
        "tags": TAGS,
        "seen_at": now(),
    }
    return ManagedResource.objects.create(
        environment=environment,
        key=key,
        ocid=f"ocid1.bucket.oc1.iad.{environment.slug}{key}",
        **{**plain, **fields},
    )


def many(environment, number, start=0):
    ManagedResource.objects.bulk_create(
        ManagedResource(
            environment=environment,
            key=f"bucket.n{n:04}",
            kind="bucket",
            name=f"n{n}",
            ocid=f"ocid1.b.{n}",
            seen_at=now(),
        )
        for n in range(start, start + number)
    )


def job(actor, at):
    fields = {
        "kind": "environments.apply",
        "environment": "dev",
        "mutating": False,
        "state": "succeeded",
        "title": "Apply",
        "code_version": 1,
    }
    return Job.objects.create(actor=actor, ended_at=at, **fields)


@pytest.mark.parametrize("who", ["admin", "deployer", "readonly", "auditor"])
def test_everybody_with_a_role_sees_every_resource_with_its_links_tags_and_cost_centre(
    client, cast, dev, who
):
    resource(dev, "bucket.uploads", facts={"namespace": "ns"}, job=job("user:dan", now()).pk)
    page = said(sign_in(client, getattr(cast, who)).get("/environments/dev/inventory/"))
    for part in (
        "bucket.uploads",
        'title="ocid1.bucket.oc1.iad.devbucket.uploads"',
        "team=red",
        "cc-7",
        "<td> dan <br>",
        "/object-storage/buckets/ns/",
    ):
        assert part in page, part
    assert "portal-key" not in page


def test_what_was_changed_past_the_portal_later_is_the_last_change(client, cast, dev):
    resource(dev, "bucket.uploads", job=job("user:dan", now() - timedelta(hours=1)).pk)
    origin = {"at": "2026-03-01T10:00:00Z", "operation": "UpdateBucket"}
    about = {
        "sort": "changed",
        "kind": "bucket",
        "field": "versioning",
        "first_seen": now(),
        "last_seen": now(),
    }
    DriftItem.objects.create(
        environment=dev, key="bucket.uploads", who="operator", origin=origin, **about
    )
    page = sign_in(client, cast.readonly).get("/environments/dev/inventory/").text
    assert "<strong>operator</strong>" in page and "2026-03-01 10:00:00 UTC" in page


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"q": "uploads"}, {"bucket.uploads"}),
        ({"q": "DEVBUCKET.EXP"}, {"bucket.exports"}),
        ({"q": "red bucket"}, {"bucket.uploads", "bucket.exports"}),
        ({"kind": "VCN"}, {"vcn"}),
        ({"state": "GONE"}, {"bucket.exports"}),
        ({"q": "100%_"}, set()),
        ({"q": "\x00'\"<script>"}, set()),
    ],
)
def test_it_is_searched_and_narrowed_on_the_server(client, cast, dev, query, keys):
    (
        resource(dev, "bucket.uploads"),
        resource(dev, "bucket.exports", state="GONE"),
        resource(dev, "vcn", kind="VCN", tags={}),
    )
    page = sign_in(client, cast.readonly).get("/environments/dev/inventory/", query)
    assert {row.resource.key for row in page.context["rows"]} == keys
    assert "<script>alert" not in page.text and "\x00" not in page.text


def test_the_number_of_queries_does_not_grow_and_the_list_is_paged(
    client, cast, dev, django_assert_max_num_queries
):
    sign_in(client, cast.readonly)
    counts = []
    for number in (1, 120):
        many(dev, number, start=len(counts) * 10)
        with django_assert_max_num_queries(15) as queries:
            page = client.get("/environments/dev/inventory/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "1–50 of 121" in page.text
    assert "101–121 of 121" in client.get("/environments/dev/inventory/?page=3").text
    assert client.get("/environments/dev/inventory/?page=x%27").status_code == 200


def test_a_file_holds_the_same_rows_safe_for_spreadsheets_and_is_in_the_trail(client, cast, dev):
    resource(dev, "bucket.uploads", name="=cmd|' /C calc'!A0"), resource(dev, "vcn", kind="VCN")
    answer = sign_in(client, cast.auditor).get("/environments/dev/inventory.csv?q=uploads")
    (row,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert (
        row["key"] == "bucket.uploads"
        and row["name"].startswith("'=cmd")
        and row["cost_center"] == "cc-7"
    )
    event = json.loads(Event.objects.get(verb="environment.inventory_exported").body)
    assert (event["actor"], event["detail"]["rows"], event["detail"]["q"]) == (
        "user:audrey",
        1,
        "uploads",
    )


def test_a_search_over_all_environments_leads_from_a_resource_to_its_environment(
    client, cast, dev, prod
):
    (
        resource(dev, "bucket.uploads"),
        resource(prod, "bucket.uploads"),
        resource(prod, "vcn", kind="VCN"),
    )
    page = sign_in(client, cast.readonly).get("/environments/", {"q": "iad.prodbucket"})
    assert [(row.environment.slug, row.resource.key) for row in page.context["rows"]] == [
        ("prod", "bucket.uploads")
    ]
    assert "/environments/prod/inventory/" in page.text
    assert "Development" in client.get("/environments/").text


def test_the_list_of_environments_costs_the_same_however_many_there_are(
    client, cast, dev, django_assert_max_num_queries
):
    sign_in(client, cast.readonly)
    with django_assert_max_num_queries(12) as few:
        client.get("/environments/")
    type(dev).objects.bulk_create(
        type(dev)(slug=f"e{n}", name=f"E{n}", position=1, owner="o", cost_center="c")
        for n in range(60)
    )
    with django_assert_max_num_queries(12) as more:
        page = client.get("/environments/")
    assert len(few) == len(more) and "1–50 of 63" in page.text
