"""The verdict on a rollback: instant, quick, blocked or none, before anybody asks."""

import pytest

from releases.deployment.rollback import Situation, decide, verdict
from releases.models import Deployment
from tests.releases.builders import deployed


@pytest.mark.parametrize(
    ("situation", "kind", "words"),
    [
        (Situation(), "none", "Nothing is live"),
        (Situation(live="1.4.0"), "none", "1.4.0 is the first release here"),
        (
            Situation(live="1.5.0", standby="1.4.0", earlier="1.4.0"),
            "instant",
            "1.4.0 still runs beside 1.5.0",
        ),
        (Situation(live="1.5.0", earlier="1.4.0"), "quick", "were removed"),
        (
            Situation(live="1.5.0", standby="1.4.0", running="Deploy 1.6.0"),
            "blocked",
            "'Deploy 1.6.0' is changing",
        ),
        (
            Situation(live="1.5.0", standby="1.4.0", one_way="c4"),
            "blocked",
            "migration c4 ran: 1.4.0 may not work",
        ),
        (
            Situation(live="1.5.0", standby="1.4.0", one_way="unknown"),
            "blocked",
            "The outcome of a migration is unknown",
        ),
        (
            Situation(live="1.5.0", earlier="1.4.0", one_way="c4"),
            "blocked",
            "migration c4 ran: 1.4.0 may not work",
        ),
        (Situation(live="1.5.0", one_way="c4"), "none", "1.5.0 is the first release here"),
        (
            Situation(live="1.5.0", earlier="1.4.0", gone="api image 1.4.0"),
            "blocked",
            "its api image 1.4.0 no longer exists",
        ),
        (Situation(live="1.5.0", standby="1.4.0", gone="api image 1.4.0"), "instant", "still runs"),
    ],
)
def test_it_is_a_table(situation, kind, words):
    found = decide(situation)
    assert found[0] == kind and words in found[1]


def test_the_seconds_are_those_of_the_way_that_is_open():
    assert decide(Situation(live="2", standby="1", instant_seconds=9, quick_seconds=99))[2] == 9
    assert decide(Situation(live="2", earlier="1", instant_seconds=9, quick_seconds=99))[2] == 99


@pytest.mark.django_db
def test_it_targets_what_was_live_before(dev, cast):
    assert verdict(dev).kind == "none"
    old = deployed(dev, cast.deployer, "1.4.0")
    assert verdict(dev).kind == "none"
    old.mark_standby()
    deployed(dev, cast.deployer, "1.5.0")
    found = verdict(dev)
    assert found.kind == "instant" and found.target == old and found.possible
    old.mark_retired()
    assert verdict(dev).kind == "quick"


@pytest.mark.django_db
def test_what_was_rolled_back_is_no_target(dev, cast):
    deployed(dev, cast.deployer, "1.4.0")
    deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.ROLLED_BACK)
    assert verdict(dev).kind == "none"


@pytest.mark.django_db
def test_neither_is_it_after_its_instances_are_gone(dev, cast):
    deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.RETIRED)
    bad = deployed(dev, cast.deployer, "1.5.0")
    bad.mark_rolled_back("slow")
    bad.mark_retired()
    deployed(dev, cast.deployer, "1.6.0")
    assert verdict(dev).target.release.version == "1.4.0"


@pytest.mark.django_db
def test_going_back_never_means_a_later_release(dev, cast):
    old = deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.RETIRED)
    deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.RETIRED)
    Deployment.objects.create(
        environment=dev, release=old.release, state=Deployment.State.LIVE, live_at=old.live_at
    )
    assert verdict(dev).kind == "none"


@pytest.mark.django_db
def test_another_environment_does_not_matter(dev, stage, cast):
    deployed(stage, cast.deployer, "1.4.0", state=Deployment.State.STANDBY)
    deployed(dev, cast.deployer, "1.5.0")
    assert verdict(dev).kind == "none"


ONE_WAY = {
    "after": "c4",
    "ran": [{"revision": "b3", "one_way": False}, {"revision": "c4", "one_way": True}],
}


@pytest.mark.django_db
def test_a_one_way_migration_blocks_whoever_brought_it(dev, cast):
    deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.STANDBY)
    failed = deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.FAILED)
    deployed(dev, cast.deployer, "1.6.0")
    assert verdict(dev).kind == "instant"
    failed.note_migration(ONE_WAY)
    found = verdict(dev)
    assert found.kind == "blocked" and "migration c4 ran" in found.words and not found.possible


@pytest.mark.django_db
def test_a_migration_from_before_the_way_back_was_live_does_not_matter(dev, cast):
    deployed(dev, cast.deployer, "1.3.0", state=Deployment.State.RETIRED).note_migration(ONE_WAY)
    deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.STANDBY)
    deployed(dev, cast.deployer, "1.5.0")
    assert verdict(dev).kind == "instant"


@pytest.mark.django_db
def test_an_image_that_is_gone_blocks_a_way_back_that_needs_it(dev, cast):
    old = deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.RETIRED)
    deployed(dev, cast.deployer, "1.5.0")
    assert verdict(dev).kind == "quick"
    old.note_images("worker image 1.4.0")
    assert verdict(dev).kind == "blocked" and "worker image 1.4.0" in verdict(dev).words
