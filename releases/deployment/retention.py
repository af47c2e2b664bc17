"""Removes instances kept long enough; checks that a rollback still has its images."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from environments.models import Environment
from portal.cloud.client import client
from portal.cloud.errors import CloudError
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.deployment import holds, images, rollback
from releases.models import Deployment
from releases.requests import planning

CLEAN_UP = "releases.clean_up"
ACTOR = "system:keeping"  # as in rows of earlier versions
PAUSE = timedelta(minutes=10)  # between two checks of the same images, or two tries to clean up


def expired(environment: Environment, at: datetime) -> list[Deployment]:
    """Return the deployments that were idle for longer than the environment keeps them."""
    keep = timedelta(minutes=environment.setting("keep_minutes"))
    return list(Deployment.objects.of(environment).idle().filter(ended_at__lte=at - keep))


def clean_up(environment: Environment) -> Job | None:
    """Start their removal; None when nothing is expired or the environment is not free."""
    old = expired(environment, now())
    if not old or holds.of(environment) is not None or _is_busy(environment):
        return None
    place = planning.placement(environment).as_json()
    retire = [one.instances().as_json() for one in old]
    slug = environment.slug
    try:
        with transaction.atomic():
            return submit(
                CLEAN_UP,
                environment=slug,
                actor=ACTOR,
                spec={"plan": {"place": place}, "retire": retire},
                dedupe=f"clean_up:{slug}",
            )
    except Refused:  # another job took the environment meanwhile: the next round tries again
        return None


def _is_busy(environment: Environment) -> bool:
    """Say whether a job has the environment, or a clean-up was tried just now."""
    tried = Job.objects.filter(kind=CLEAN_UP, environment=environment.slug)
    if tried.filter(created_at__gt=now() - PAUSE).exists():
        return True
    return Job.objects.holding(environment.slug).exists()


def check_images(environment: Environment) -> str:
    """Return which image of a rollback left the registry; keep it in its row."""
    target = rollback.verdict(environment).target
    if target is None or target.state != Deployment.State.RETIRED:
        return ""
    if target.images_seen_at and now() - target.images_seen_at < PAUSE:
        return ""
    gone = _missing_image(environment, target)
    target.note_images(gone)
    return gone


def _missing_image(environment: Environment, target: Deployment) -> str:
    cloud, compartment = client(environment.home_region), environment.ocid("compartment")
    for role, wanted in target.release.parsed_plan.images.items():
        there = images.read(cloud, compartment, wanted.repository)
        if not any(image.digest == wanted.digest for image in there):
            return f"{role} image {wanted.tag}"
    return ""


def run_round(environments: Iterable[Environment]) -> dict[str, object]:
    """Clean up and check each environment; a problem of one does not stop the others."""
    started, missing = [], {}
    for environment in environments:
        if clean_up(environment):
            started.append(environment.slug)
        try:
            gone = check_images(environment)
        except (CloudError, Refused) as error:
            gone = f"not read: {error}"
        if gone:
            missing[environment.slug] = gone
    return {"ordered": started, "images": missing}
