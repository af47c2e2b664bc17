"""Builds environments and releases as they stand after an apply and a request, without a
cloud behind them.
"""

import hashlib
import itertools

from environments.models import Environment, ManagedResource, SecretReference
from environments.naming import ALL_SECRETS
from portal.lib.canonical import digest
from portal.lib.clock import now
from releases.current import waiting_releases
from releases.deployment.images import Image
from releases.models import Deployment, Release
from releases.requests import planning

RESOURCES = (
    "compartment",
    "subnet.private",
    "nsg.app",
    "load_balancer",
    "repository.api",
    "repository.worker",
)
POSITIONS = {"dev": 1, "stage": 2, "prod": 3}
ANYWHERE = {"promote_from": "anywhere"}  # tests of promotion ask for more
_numbers = itertools.count(1)


def provisioned(slug="dev", **fields):
    """Return an environment whose resources the portal knows, into which anything may be
    released.
    """
    defaults = {
        "name": slug,
        "position": POSITIONS[slug],
        "owner": "ops",
        "cost_center": "cc-1",
        "settings": {**ANYWHERE},
        **fields,
    }
    environment, _ = Environment.objects.update_or_create(slug=slug, defaults=defaults)
    for key in RESOURCES:
        facts = {"ipAddress": "127.0.0.1"} if key == "load_balancer" else {}
        values = {
            "kind": key.split(".")[0],
            "name": key,
            "ocid": f"ocid1.{key}.oc1..{slug}",
            "facts": facts,
            "seen_at": now(),
        }
        ManagedResource.objects.update_or_create(environment=environment, key=key, defaults=values)
    for name in ALL_SECRETS:
        ocid = f"ocid1.vaultsecret.oc1..{slug}{name.lower()}"
        SecretReference.objects.get_or_create(
            environment=environment, name=name, defaults={"secret_ocid": ocid, "set_by": "user:ada"}
        )
    return environment


def image(environment, role, tag):
    """Return an image as the registry would list it."""
    repository = f"{environment.prefix}-{environment.slug}/{role}"
    sha = "sha256:" + hashlib.sha256(f"{repository}:{tag}".encode()).hexdigest()
    return Image(repository, tag, sha, "2026-11-23T10:00:00Z")


def requested(environment, user, version="1.4.0"):
    """Return a release that the user asked for, with a plan of this moment."""
    images = {role: image(environment, role, version) for role in ("api", "worker")}
    made = planning.make(
        environment, version=version, git_sha=f"{next(_numbers):040x}", images=images
    )
    return Release.objects.create(
        environment=environment,
        version=version,
        git_sha=made.git_sha,
        requested_by=user,
        plan=made.as_json(),
        digest=digest(made.as_json()),
        needed=made.approvals_needed,
        expected_seconds=180,
        **{
            f"{role}_{name}": getattr(one, name)
            for role, one in images.items()
            for name in ("tag", "digest")
        },
    )


def deployed(environment, user, version, *, state=Deployment.State.LIVE):
    """Return a deployment of a release that is already there, in the state given."""
    release = requested(environment, user, version)
    number = next(_numbers)
    return Deployment.objects.create(
        environment=environment,
        release=release,
        state=state,
        live_at=now(),
        api=[
            {
                "instance": f"ocid1.computecontainerinstance.oc1..a{number}",
                "backend": f"10.20.10.{number % 250}:8000",
            }
        ],
        workers=[f"ocid1.computecontainerinstance.oc1..w{number}"],
    )


def waiting_for(why, person):
    """Return the releases that wait for a person's approval (`approval`) or deployment
    (`approved`).
    """
    return [release for reason, release in waiting_releases(person) if reason == why]
