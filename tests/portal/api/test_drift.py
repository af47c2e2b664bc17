"""Differences between an environment and OCI by REST: the same rows and the same rights as
the page.
"""

import pytest

from environments.models import Environment
from portal.audit.models import Event
from portal.jobs.models import Job
from tests.environments.drift.test_inbox import difference
from tests.portal.api.conftest import error
from tests.releases.builders import provisioned

pytestmark = pytest.mark.django_db


@pytest.fixture
def dev():
    return provisioned("dev")


def test_rest_lists_looks_and_takes_over_with_the_same_rights(api, cast, dev):
    row = difference(dev)
    (listed,) = (
        api(cast.readonly, ["read"])
        .get("environments/dev/drift/", key="bucket.uploads")
        .json()["results"]
    )
    assert (listed["field"], listed["desired"], listed["settings"]) == (
        "versioning",
        "Enabled",
        {"versioned_uploads": False},
    )
    deployer, admin = api(cast.deployer), api(cast.admin)
    assert (
        deployer.post("environments/dev/drift/").status_code == 202
        and Job.objects.get().kind == "environments.drift"
    )
    error(api(cast.auditor, ["read"], "t2").post("environments/dev/drift/"), 403)
    error(deployer.post(f"drift/{row.pk}/take-over"), 403)
    assert Event.objects.filter(verb="environment.drift_taken_over", outcome="refused").count() == 1
    assert admin.post(f"drift/{row.pk}/take-over").json()["taken_over_by"] == "token:ada/test"
    assert Environment.objects.get(pk=dev.pk).setting("versioned_uploads") is False
    error(admin.post(f"drift/{row.pk}/take-over"), 409)
    error(admin.post("drift/4711/take-over"), 404)
    told = error(
        admin.post(
            f"drift/{difference(dev, field='x', settings={}, not_a_setting='No setting.').pk}"
            "/take-over"
        ),
        409,
    )
    assert "cannot be accepted" in told["message"]


def test_settings_that_do_not_fit_together_are_not_taken_over(api, cast, dev):
    row = difference(dev, key="vcn", field="cidrBlocks", settings={"vcn_cidr": "10.99.0.0/16"})
    told = error(api(cast.admin).post(f"drift/{row.pk}/take-over"), 400)
    assert "must lie inside vcn_cidr" in told["message"]
    assert Environment.objects.get(pk=dev.pk).setting("vcn_cidr") == "10.20.0.0/16"
