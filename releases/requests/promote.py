"""Letting a release that ran well go up into the next environment."""

from dataclasses import dataclass
from typing import Any

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.verbs import Verb
from portal.cloud.door import door
from portal.lib.refusal import Invalid, Refused
from releases.deployment import images
from releases.models import Release
from releases.requests import promotion
from releases.requests.create import request


@dataclass(frozen=True)
class Copy:
    """One image that has to stand in the target's repository: there with the same digest, or the command that copies it."""

    role: str
    digest: str
    repository: str
    there: bool
    command: str


def promote(release: Release, target: Environment, user: User, *, bundle: str = "", notes: str = "") -> Release:
    """Ask for the release's content in the next environment; its images must stand in that one's repositories already."""
    about: dict[str, Any] = {"verb": Verb.RELEASE_REQUESTED, "subject": release.subject, "environment": target.slug}
    allow(Release.can_request(user), user, f"promote release {release.pk}", **about)
    if target not in promotion.above(release.environment):
        words = f"{release.environment.slug} is not where releases for {target.slug} come from."
        raise Invalid(words, next_step="The setting promote_from of the target names that.", **about)
    proof = promotion.of(target, {name: getattr(release, name) for name in promotion.CONTENT})
    if not proof.holds:
        ready = f" Its bake time is over at {proof.ready_at:%Y-%m-%d %H:%M} UTC." if proof.ready_at else ""
        words = f"{release.version} cannot go up to {target.slug}: {proof.words}.{ready}"
        raise Refused(words, next_step="Promote it when that holds.", **about)
    return request(
        target,
        user,
        version=release.version,
        git_sha=release.git_sha,
        api_digest=release.api_digest,
        worker_digest=release.worker_digest,
        alembic_head=release.alembic_head,
        bundle=bundle,
        notes=notes or release.notes,
    )


def copies(release: Release, target: Environment) -> list[Copy]:
    """Ask the registry which images stand in the target's repositories, with the commands that copy those that do not.

    OCI has no call that copies an image from one repository to another (`ArtifactsClient` of its SDK), so a person does it,
    with a tool that leaves the digest as it is.
    """
    cloud = door(release.environment.home_region)
    return [_copy(release, target, role, cloud.namespace) for role in images.ROLES]


def _copy(release: Release, target: Environment, role: str, namespace: str) -> Copy:
    digest, tag = getattr(release, f"{role}_digest"), getattr(release, f"{role}_tag")
    there = any(image.digest == digest for image in images.listed(target, role))
    old, new = (images.repository(environment, role) for environment in (release.environment, target))
    source = images.url({"repository": old, "tag": tag}, region=release.environment.home_region, namespace=namespace)
    goal = images.url({"repository": new, "tag": tag}, region=target.home_region, namespace=namespace)
    command = f"skopeo copy --preserve-digests docker://{source.rpartition(':')[0]}@{digest} docker://{goal}"
    return Copy(role, digest, new, there, command)
