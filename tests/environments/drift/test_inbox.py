"""Drift in the inbox and on the environment's page."""

import pytest

from environments.dashboard import inbox
from environments.models import DriftItem, DriftReport
from portal.lib.clock import now
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db


def difference(environment, key="bucket.uploads", field="versioning", **fields):
    plain = {
        "sort": "changed",
        "kind": "bucket",
        "name": "b",
        "desired": "Enabled",
        "found": "Disabled",
        "settings": {"versioned_uploads": False},
    }
    return DriftItem.objects.create(
        environment=environment,
        key=key,
        field=field,
        first_seen=now(),
        last_seen=now(),
        **{**plain, **fields},
    )


def test_open_drift_waits_for_those_who_can_put_it_back(client, cast, dev, prod):
    (
        difference(dev),
        difference(dev, field="publicAccessType"),
        difference(dev, field="over", closed_at=now()),
    )
    difference(prod, sort="pending"), difference(prod, key="x", field="", sort="unmanaged")
    assert [one.title for one in inbox(cast.deployer)] == [
        "2 differences between dev and its settings"
    ]
    assert inbox(cast.readonly) == []
    page = sign_in(client, cast.deployer).get("/inbox/").text
    assert "2 differences between dev" in page and "/environments/dev/drift/" in page


def test_the_environments_page_leads_to_drift_inventory_adoption_and_rights(client, cast, dev):
    difference(dev)
    DriftReport.objects.create(environment=dev, at=now(), count=1)
    page = sign_in(client, cast.readonly).get("/environments/dev/").text
    for address in ("drift", "inventory", "adopt", "rights"):
        assert f'href="/environments/dev/{address}/"' in page, address
    assert "1 difference" in page


def test_what_the_page_of_drift_asks_does_not_grow(
    client, cast, dev, django_assert_max_num_queries
):
    sign_in(client, cast.admin)
    counts = []
    for number in (1, 40):
        for n in range(number):
            (
                difference(dev, field=f"f{number}-{n}"),
                difference(dev, field=f"g{number}-{n}", closed_at=now()),
            )
            DriftReport.objects.create(environment=dev, at=now(), count=n)
        with django_assert_max_num_queries(15) as queries:
            assert client.get("/environments/dev/drift/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
