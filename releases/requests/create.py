"""Requests a release."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.canonical import digest
from portal.lib.refusal import Invalid
from releases import emails
from releases.approvals import blockers
from releases.deployment import durations, images
from releases.frontend import upload
from releases.models import Release
from releases.models.release import ALEMBIC, GIT_SHA, VERSION
from releases.requests import planning, promotion
from releases.requests.plan import ReleasePlan


def request(
    environment: Environment,
    user: User,
    *,
    version: str,
    git_sha: str,
    api_digest: str,
    worker_digest: str,
    bundle: str = "",
    alembic_head: str = "",
    notes: str = "",
    replaces: Release | None = None,
) -> Release:
    """Record a request with its plan; the images must be in the environment's repositories now.

    `bundle` is the digest of a frontend bundle that was uploaded for the environment,
    `alembic_head` the revision of the database that the code expects; when they are empty, nothing
    is published, nothing migrated. An open request that this one `replaces` is withdrawn with it.
    """
    refuse_request(environment, user)
    act = environment.act(Verb.RELEASE_REQUESTED)
    _check("version", version, VERSION, act)
    _check("git commit", git_sha, GIT_SHA, act)
    if alembic_head:
        _check("Alembic head", alembic_head, ALEMBIC, act)
    pages = upload.find_bundle(environment, bundle) if bundle else None
    digests = {"api": api_digest, "worker": worker_digest}
    found = {role: images.find(environment, role, wanted) for role, wanted in digests.items()}
    made = planning.make(
        environment,
        version=version,
        git_sha=git_sha,
        images=found,
        alembic_head=alembic_head,
        bundle=pages.planned() if pages else None,
    )
    blockers.refuse_denied(environment.pk, digest(made.as_json()))
    with transaction.atomic():
        release = _create(
            environment,
            user,
            made,
            **{f"{role}_tag": image.tag for role, image in found.items()},
            **{f"{role}_digest": image.digest for role, image in found.items()},
            version=version,
            git_sha=git_sha,
            bundle=pages,
            alembic_head=alembic_head,
            notes=notes,
        )
        _audit(release, user)
        emails.send_request(release)
        if release.tally().enough:
            release.mark_approved()
        if replaces and replaces.is_open:
            replaces.mark_withdrawn(user, f"Replaced by release {release.pk}.")
            audit(replaces.act(Verb.RELEASE_WITHDRAWN), actor=user.actor)
    return release


def request_again(old: Release, user: User) -> Release:
    """Request the same images with a plan of today; an open request is replaced."""
    return request(
        old.environment,
        user,
        **promotion.content_of(old),
        version=old.version,
        bundle=old.bundle.digest if old.bundle else "",
        alembic_head=old.alembic_head,
        notes=old.notes,
        replaces=old,
    )


def refuse_request(environment: Environment, user: User) -> None:
    """Refuse people who may not request releases."""
    act = environment.act(Verb.RELEASE_REQUESTED)
    allow(Release.can_request(user), user, "request a release", act)


def _create(environment: Environment, user: User, made: ReleasePlan, **content: Any) -> Release:
    release = Release(
        environment=environment,
        requested_by=user,
        plan=made.as_json(),
        digest=digest(made.as_json()),
        needed=made.approvals_needed,
        expected_seconds=durations.of_deployments(environment.slug),
        **content,
    )
    proof = promotion.prove_release(release)
    release.source = proof.deployment if proof.holds else None
    release.save(force_insert=True)
    release.refresh_from_db(fields=["expires_at"])  # the database sets it
    return release


def _check(name: str, value: str, rule: RegexValidator, act: Act) -> None:
    try:
        rule(value)
    except ValidationError as error:
        raise Invalid(f"{name}: {value[:80]!r} must be {rule.message}", act=act) from error


def _audit(release: Release, user: User) -> None:
    detail = {
        "version": release.version,
        "git_sha": release.git_sha,
        "api": release.api_digest,
        "worker": release.worker_digest,
        "bundle": release.bundle.digest if release.bundle else "",
        "alembic_head": release.alembic_head,
        "plan": release.digest,
    }
    audit(release.act(Verb.RELEASE_REQUESTED), actor=user.actor, detail=detail)
