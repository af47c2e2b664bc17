"""A worker that is killed while it publishes: the next one goes on, nothing is written twice,
no page lacks its parts.
"""

import pytest

from releases.frontend import config
from releases.models import Publication
from tests.environments.reconcile.test_kill import worker
from tests.releases.deployment.test_kill import chosen, killed_and_resumed, points
from tests.releases.frontend.conftest import Site, environment_of

pytestmark = pytest.mark.chaos


@pytest.fixture
def site(committed_db, simulator, backend):
    return environment_of(simulator, backend, Site)


def test_a_publication_survives_a_kill_at_any_point(site, tmp_path):
    site.order(site.upload("1.0.0"))
    count = points(site.simulator, tmp_path / "trace")
    for point in chosen(count):
        bundle = site.upload(f"2.{point}.0")
        before = len(site.calls())
        killed_and_resumed(site, site.order(bundle), point)
        there = site.public()
        assert all(there[file["name"]] == file["md5"] for file in bundle.files), point
        written = [
            one.path.rpartition("/o/")[2]
            for one in site.calls()[before:]
            if "frontend-static" in one.path
        ]
        assert written[-1] == "index.html" and len(written) <= 3, (
            point,
            written,
        )  # at most the one that was under way, twice
        assert Publication.objects.get(ended_at=None).bundle == bundle
    assert Publication.objects.count() == len(chosen(count)) + 1
    assert config.url(site.environment) and worker(site.simulator) == 0
