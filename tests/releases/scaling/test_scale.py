"""Scaling by hand: what the boundaries allow, what it takes, and how it goes on the simulated
cloud.
"""

from datetime import timedelta

import pytest

from environments.models import Environment
from portal.accounts.models import User
from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Invalid, Refused
from releases import current
from releases.deployment import holds, retention, rollback
from releases.jobs.deployment import ScaleJob
from releases.models import ContainerLog, Deployment
from releases.scaling import scale
from releases.scaling.target import Bounds, RoleChange, Size, problems, read, settings, work
from tests.releases.builders import deployed
from tests.releases.site import build, noted, run
from tests.releases.traffic import Traffic

BOUNDS = Bounds({"api": 1, "worker": 0}, {"api": 4, "worker": 2}, ocpus=4, memory_gb=32)
ONE = Size(1, 1, 4)


@pytest.mark.parametrize(
    ("api", "worker", "words"),
    [
        (ONE, Size(0, 1, 4), []),
        (Size(0, 1, 4), ONE, ["API instances: 0 is not from 1 to 4"]),
        (
            Size(5, 1, 4),
            Size(3, 1, 4),
            ["API instances: 5 is not from 1 to 4", "workers: 3 is not from 0 to 2"],
        ),
        (Size(1, 5, 4), ONE, ["API instances: 5 OCPUs is not from 1 to 4"]),
        (Size(1, 1, 64), ONE, ["API instances: 64 GB is not from 1 to 32"]),
    ],
)
def test_the_boundaries_are_named_that_a_wish_breaks(api, worker, words):
    assert problems({"api": api, "worker": worker}, BOUNDS) == words


@pytest.mark.parametrize(
    ("wanted", "standing", "expected"),
    [
        (Size(3, 1, 4), ["a"], RoleChange(2, [])),
        (Size(1, 1, 4), ["a", "b", "c"], RoleChange(0, ["b", "c"])),  # the oldest stays
        (Size(1, 1, 4), ["a"], RoleChange(0, [])),
        (Size(2, 2, 4), ["a"], RoleChange(2, ["a"])),
        (Size(0, 1, 4), ["a"], RoleChange(0, ["a"])),
    ],
)
def test_what_it_takes(wanted, standing, expected):
    assert work(ONE, wanted, standing) == expected


@pytest.fixture
def site(db, simulator):
    """Return an environment with 1.4.0 live."""
    site = build(simulator)
    job = site.deploy("1.4.0")
    assert job.state == "succeeded", noted(job)
    return site


def wish(site, **changes):
    there = settings(scale.now(site.environment, current.live(site.environment)))
    return read({**there, **changes})


def scaled(site, **changes):
    return run(
        scale.scale(site.environment, site.cast.deployer, wish(site, **changes), "more load")
    )


def test_scaling_adds_before_it_drains_and_later_releases_keep_it(site, audited):
    with Traffic(site.environment.api_url) as traffic:
        job = scaled(site, api_instances=2)
        assert job.state == "succeeded", noted(job)
        assert (
            list(site.backends().values()) == [False, False]
            and len(current.live(site.environment).api) == 2
        )
        site.environment.refresh_from_db()
        assert site.environment.setting("api_instances") == 2
        job = scaled(site, api_instances=1, worker_instances=0)
        assert job.state == "succeeded", noted(job)
    assert traffic.lost == [] and len(site.backends()) == 1
    kept = current.live(site.environment)
    assert len(kept.api) == 1 and kept.workers == []
    assert {log.name for log in ContainerLog.objects.filter(job=job)} == {"api", "worker"}
    assert scaled(site, worker_instances=1).state == "succeeded"


def test_another_size_means_new_instances(site):
    before = current.live(site.environment).api
    with Traffic(site.environment.api_url) as traffic:
        job = scaled(site, api_memory_gb=8)
    assert job.state == "succeeded", noted(job)
    after = current.live(site.environment).api
    made = client().read("container_instances", "get_container_instance", after[0]["instance"]).data
    assert traffic.lost == [] and after != before and made["shapeConfig"]["memoryInGBs"] == 8


def test_a_change_of_scale_that_is_cancelled_leaves_what_was(site):
    before = current.live(site.environment).api
    job = scale.scale(site.environment, site.cast.deployer, wish(site, api_instances=2), "")
    job.request_cancel("user:dan")
    run(job)
    assert (
        job.state in ("cancelled", "compensated") and current.live(site.environment).api == before
    )
    assert (
        list(site.backends().values()) == [False] and site.environment.setting("api_instances") == 1
    )


def test_what_was_kept_long_enough_is_removed_unless_the_environment_is_held(site):
    assert site.deploy("2.9.0").state == "succeeded"
    assert retention.clean_up(site.environment) is None  # an hour has not passed
    Deployment.objects.filter(release__version="1.4.0").update(ended_at=now() - timedelta(hours=2))
    held = holds.place(site.environment, reason="look first", actor="user:dan")
    assert retention.clean_up(site.environment) is None
    holds.lift(held, site.cast.deployer, "looked")
    job = run(retention.clean_up(site.environment))
    assert job.state == "succeeded", noted(job)
    assert (
        Deployment.objects.get(release__version="1.4.0").state == "retired"
        and len(site.backends()) == 1
    )
    assert retention.clean_up(site.environment) is None
    assert rollback.verdict(site.environment).kind == "quick"
    retention.check_images(site.environment)
    assert rollback.verdict(site.environment).target.images_gone == ""


# who may, and when
# -------------------------------------------------------------------------------------------------


def asked(environment, user, **changes):
    there = settings(scale.now(environment, current.live(environment)))
    return scale.scale(environment, user, read({**there, **changes}), "")


@pytest.mark.django_db
def test_it_is_refused_to_who_only_looks(dev, cast):
    deployed(dev, cast.deployer, "1.4.0")
    with pytest.raises(Forbidden):
        asked(dev, cast.readonly, api_instances=2)


@pytest.mark.django_db
def test_it_is_refused_beyond_the_boundaries_and_where_nothing_changes(dev, cast):
    with pytest.raises(Refused, match="Nothing is live"):
        asked(dev, cast.deployer, api_instances=2)
    deployed(dev, cast.deployer, "1.4.0")
    with pytest.raises(Invalid, match="API instances: 9 is not from 1 to 4"):
        asked(dev, cast.deployer, api_instances=9)
    with pytest.raises(Refused, match="It has this scale already"):
        asked(dev, cast.deployer)


@pytest.mark.django_db
def test_an_order_is_audited_and_comes_once(dev, cast, audited):
    deployed(dev, cast.deployer, "1.4.0")
    job = asked(dev, cast.deployer, api_instances=2)
    actor, outcome, detail = audited(Verb.RELEASE_SCALE)[-1]
    assert (actor, outcome, detail["wish"]["api_instances"]) == (cast.deployer.actor, "done", 2)
    assert job.title == "Scale dev to 2 API instances, 1 workers"
    with pytest.raises(Refused, match="Scale dev to 2"):
        asked(dev, cast.deployer, api_instances=3)


@pytest.mark.django_db
def test_it_is_refused_while_the_settings_with_it_do_not_fit(dev, cast):
    deployed(dev, cast.deployer, "1.4.0")
    Environment.objects.filter(pk=dev.pk).update(settings={**dev.settings, "backups_days": 5})
    dev.refresh_from_db()
    with pytest.raises(Invalid, match="backups_days: 5 must be more than backups_keep_days 7"):
        asked(dev, cast.deployer, api_instances=2)


@pytest.mark.django_db
def test_settings_that_no_longer_fit_when_it_ends_are_not_stored_and_the_trail_says_so(
    dev, audited
):
    small = {"private_subnet_cidr": "10.20.10.0/28", "api_instances_max": 2}
    dev.change_settings({**dev.settings, **small, "worker_instances_max": 2}, actor="user:ada")
    scale.store_settings("dev", {"api_instances": 6}, actor="job:x", job="")
    dev.refresh_from_db()
    assert dev.setting("api_instances") == 1
    actor, outcome, detail = audited(Verb.ENVIRONMENT_CHANGED)[-1]
    assert (actor, outcome, detail["not_stored"]) == ("job:x", "refused", {"api_instances": 6})
    assert "private_subnet_cidr" in detail["reason"]


@pytest.mark.django_db
def test_the_owner_of_a_token_who_lost_the_role_may_no_longer_scale(dev, cast):
    deployed(dev, cast.deployer, "1.4.0")
    job = asked(dev, cast.deployer, api_instances=2)
    job.actor = f"token:{cast.deployer.username}/ci"
    ScaleJob().admit(job)
    User.objects.filter(pk=cast.deployer.pk).update(roles=[])
    with pytest.raises(Refused, match="may no longer scale"):
        ScaleJob().admit(job)
