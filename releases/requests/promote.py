"""Promotes a release that ran well into the next environment."""

from dataclasses import dataclass

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.lib.act import Act
from portal.lib.refusal import Invalid, Refused
from releases.deployment import images
from releases.models import Release
from releases.requests import promotion
from releases.requests.create import request
from releases.requests.plan import PlannedImage


@dataclass(frozen=True)
class Copy:
    """One image that must be in the target's repository, and the command that copies it there."""

    role: str
    digest: str
    repository: str
    there: bool
    command: str


def promote(
    release: Release, target: Environment, user: User, *, bundle: str = "", notes: str = ""
) -> Release:
    """Request the release's content in the next environment; its images must be there already."""
    act = Act(Verb.RELEASE_REQUESTED, f"release:{release.pk}", target.slug)
    allow(Release.can_request(user), user, f"promote release {release.pk}", act)
    if target not in promotion.above(release.environment):
        raise Invalid(
            f"Releases for {target.slug} do not come from {release.environment.slug}.",
            next_step="The setting promote_from of the target names that.",
            act=act,
        )
    proof = promotion.prove(target, promotion.content_of(release))
    if not proof.holds:
        at = proof.ready_at
        ready = f" Its bake time is over at {at:%Y-%m-%d %H:%M} UTC." if at else ""
        raise Refused(
            f"{release.version} cannot be promoted to {target.slug}: {proof.words}.{ready}",
            next_step="Promote it when that is met.",
            act=act,
        )
    return request(
        target,
        user,
        **promotion.content_of(release),
        version=release.version,
        alembic_head=release.alembic_head,
        bundle=bundle,
        notes=notes or release.notes,
    )


def copies(release: Release, target: Environment) -> list[Copy]:
    """Ask the registry which images are in the target's repositories, and how to copy the others.

    OCI has no call that copies an image from one repository to another (`ArtifactsClient` of its
    SDK), so a person does it, with a tool that leaves the digest as it is.
    """
    cloud = client(release.environment.home_region)
    return [_copy(release, target, role, cloud.namespace) for role in images.ROLES]


def _copy(release: Release, target: Environment, role: str, namespace: str) -> Copy:
    digest, tag = getattr(release, f"{role}_digest"), getattr(release, f"{role}_tag")
    there = any(image.digest == digest for image in images.listed(target, role))
    repository = images.repository(target, role)
    old, new = (
        images.url(
            PlannedImage(tag, digest, images.repository(environment, role)),
            region=environment.home_region,
            namespace=namespace,
        )
        for environment in (release.environment, target)
    )
    source = f"docker://{old.rpartition(':')[0]}@{digest}"
    command = f"skopeo copy --preserve-digests {source} docker://{new}"
    return Copy(role, digest, repository, there, command)
