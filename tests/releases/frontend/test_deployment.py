"""A release brings its pages: published after the workers, given back when the rest fails,
put back by a rollback.
"""

import io

import pytest
import requests

from portal.lib.refusal import Invalid
from releases import current
from releases.deployment import holds
from releases.deployment.steps import check_frontend
from releases.frontend import config, upload
from releases.models import Publication
from tests.patience import patient
from tests.releases.frontend.packing import build, zipped
from tests.releases.site import build as build_site
from tests.releases.site import noted


@pytest.fixture
def site(db, simulator, monkeypatch):
    monkeypatch.setattr(check_frontend, "LIMIT_SECONDS", 0)
    return build_site(simulator, "dev", "bucket.frontend-static", "bucket.backups")


def bundle(site, version):
    data = zipped(build(api=config.api_origin(site.environment), version=version))
    return upload.upload_bundle(
        site.environment, site.cast.deployer, io.BytesIO(data), size=len(data), label=version
    )[0]


def page(site):
    return requests.get(config.url(site.environment), timeout=patient(5)).text


def test_pages_come_with_the_release_and_go_back_with_it(site):
    first = bundle(site, "1.0.0")
    job = site.deploy("1.0.0", bundle=first.digest)
    assert job.state == "succeeded", noted(job)
    names = list(job.step_rows.order_by("id").values_list("name", flat=True))
    workers, publish, look, smoke = (
        names.index(n) for n in ("wait_worker_1", "publish_frontend", "check_frontend", "smoke")
    )
    assert workers < publish < look < smoke
    assert (
        "ConceptLens 1.0.0" in page(site)
        and job.step_rows.get(name="check_frontend").result["passed"]
    )
    release = current.live(site.environment).release
    assert release.bundle == first and release.plan["bundle"]["digest"] == first.digest

    assert site.deploy("2.0.0", bundle=bundle(site, "2.0.0").digest).state == "succeeded"
    assert "ConceptLens 2.0.0" in page(site)
    assert site.roll_back().state == "succeeded"
    assert "ConceptLens 1.0.0" in page(site)

    holds.lift(holds.of(site.environment), site.cast.deployer, "looked into")
    site.environment.settings["cors_allowed_origins"] = [
        "https://other.example"
    ]  # the new API keeps the new pages out
    site.environment.save()
    job = site.deploy("3.0.0", bundle=bundle(site, "3.0.0").digest)
    assert job.state == "compensated" and "may not call the API" in job.reason, noted(job)
    assert (
        "ConceptLens 1.0.0" in page(site)
        and current.live(site.environment).release.version == "1.0.0"
    )
    labels = [row.bundle.label for row in Publication.objects.order_by("id")]
    assert labels == ["1.0.0", "2.0.0", "1.0.0", "3.0.0", "1.0.0"]


def test_a_bundle_is_of_the_environment_and_calls_its_api(site):
    found = bundle(site, "1.0.0")
    site.push("1.0.0")
    with pytest.raises(Invalid, match="was not uploaded for dev"):
        site.request("1.0.0", bundle="sha256:" + "0" * 64)
    site.environment.settings["api_origin"] = "https://moved.example.com"
    with pytest.raises(Invalid, match="calls the API at"):
        site.request("1.0.0", bundle=found.digest)
