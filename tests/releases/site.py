"""A dev environment that really was applied to the simulator, with images to release and
people to ask.
"""

import base64
from types import SimpleNamespace

from environments.models import ManagedResource, SecretReference
from environments.naming import ALL_SECRETS
from environments.seed import seed_environments
from portal.cloud.client import client
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from releases.approvals import decide
from releases.deployment import dispatch, images, rollback
from releases.models import Release
from releases.requests.create import request
from tests.databases import file_url, real_url
from tests.environments.site import Site as Place
from tests.portal.accounts.people import make_cast
from tests.ports import free_port

SHA = "0123456789abcdef0123456789abcdef01234567"


def run(job):
    """Run what is due, without waiting for moments to come, and return the job as it is then."""
    run_until_idle(timeout=90, hurry=True)
    job.refresh_from_db()
    return job


NEEDED = (
    "listener.api",
    "nsg.app",
    "nsg.lb",
    "subnet.private",
    "repository.api",
    "repository.worker",
    "policy.workloads",
)
VAULT = tuple(f"secret.{name}" for name in ALL_SECRETS)


def build(simulator, slug="dev", *more, parent="", database=False):
    """Build what a release needs of an environment, straight in the simulator; return it with
    its cast. With `database` the product has a real one, still empty; else a file at the head.
    """
    more += ("db_system",) if database else ()
    environment = next(one for one in seed_environments() if one.slug == slug)
    environment.settings |= {"listener_port": free_port(), "promote_from": "anywhere"}
    if parent:
        environment.settings["parent_compartment"] = parent
    environment.save()
    place = Place(
        *NEEDED,
        *VAULT,
        *more,
        slug=slug,
        position=environment.position,
        settings=environment.settings,
    )
    place.apply()
    for key, found in place.results.items():
        kind = key.partition(".")[0]
        values = {
            "kind": kind,
            "name": found["name"],
            "ocid": found["ocid"],
            "facts": found["facts"],
            "seen_at": now(),
        }
        ManagedResource.objects.create(environment=environment, key=key, state="ACTIVE", **values)
        if kind == "secret":
            SecretReference.objects.create(
                environment=environment,
                name=key.partition(".")[2],
                secret_ocid=found["ocid"],
                set_by="user:ada",
            )
    type_database_url(simulator, environment, place, database=database)
    return Site(simulator, environment, make_cast())


def type_database_url(simulator, environment, place, *, database=False):
    """Type the right address, as a person does on the secret's page."""
    reference = SecretReference.objects.get(environment=environment, name="DATABASE_URL")
    value = file_url()
    if database:
        password = place.results["secret.DATABASE_PASSWORD"]["ocid"]
        value = real_url(simulator, place.results["db_system"]["facts"], password)
    content = {"contentType": "BASE64", "content": base64.b64encode(value.encode()).decode()}
    body = {"enableAutoGeneration": False, "secretContent": content}
    client().change("vaults", "update_secret", reference.secret_ocid, body)
    reference.version_number = 2
    reference.save(update_fields=["version_number"])


class Site:
    """What a test does with releases, in few words."""

    def __init__(self, simulator, environment, cast):
        self.simulator, self.environment, self.cast = simulator, environment, cast

    def push(self, tag, behaviour="healthy"):
        """Push both images of a version."""
        for role in images.ROLES:
            self.simulator.push(images.repository(self.environment, role), tag, behaviour)

    def digest(self, role, tag):
        """Return the digest that the registry has for a tag."""
        return next(
            image.digest for image in images.listed(self.environment, role) if image.tag == tag
        )

    def request(self, version, user=None, **parts):
        """Ask for a version whose images were pushed under it."""
        digests = {f"{role}_digest": self.digest(role, version) for role in images.ROLES}
        return request(
            self.environment,
            user or self.cast.deployer,
            version=version,
            git_sha=SHA,
            **digests,
            **parts,
        )

    def order(self, version, behaviour="healthy", **parts):
        """Push, request, get it approved if need be; return the job that deploys it."""
        self.push(version, behaviour)
        release = self.request(version, **parts)
        job = None
        for approver in (self.cast.other_deployer, self.cast.admin)[: release.needed]:
            _, job = decide.approve(release.pk, approver, digest=release.digest)
        return job or dispatch.deploy(Release.objects.get(pk=release.pk), self.cast.deployer)

    def deploy(self, version, behaviour="healthy", **parts):
        """Deploy a version; return the job when it is over."""
        return run(self.order(version, behaviour, **parts))

    def roll_back(self, reason="not well"):
        """Roll back; return the job when it is over."""
        return run(rollback.start(self.environment, self.cast.deployer, reason))

    def instances(self):
        """Return the names of the container instances that are not deleted."""
        found = client().pages(
            "container_instances", "list_container_instances", self.environment.ocid("compartment")
        )
        return {
            one["displayName"]
            for one in found
            if one["lifecycleState"] not in ("DELETING", "DELETED")
        }

    def backends(self):
        """Return the load balancer's backends with their drain flags."""
        balancer = self.environment.ocid("load_balancer")
        return {
            one["name"]: one["drain"]
            for one in client().pages("load_balancer", "list_backends", balancer, "api")
        }


def noted(job):
    """Return the story of a job's steps, for a failed assertion."""
    steps = [(step.name, step.state, step.error) for step in job.step_rows.all()]
    return SimpleNamespace(state=job.state, at=job.at_step, why=job.reason, steps=steps)
