"""Asking for a release."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.canonical import digest
from portal.lib.refusal import Invalid, Refused
from releases import emails
from releases.approvals import blockers
from releases.deployment import durations, images
from releases.frontend import upload
from releases.models import Release
from releases.models.release import ALEMBIC, GIT_SHA, VERSION
from releases.requests import plan, promotion


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
    """Record a request with its plan; the images must be in the environment's repositories at this moment.

    `bundle` is the digest of a frontend bundle that was uploaded for the environment, `alembic_head` the revision of the
    database that the code expects; both may be empty, and then nothing is published, nothing migrated. An open request
    that this one `replaces` is withdrawn with it.
    """
    allow(Release.can_request(user), user, "request a release", verb=Verb.RELEASE_REQUESTED, environment=environment.slug)
    _check("version", version, VERSION)
    _check("git commit", git_sha, GIT_SHA)
    if alembic_head:
        _check("Alembic head", alembic_head, ALEMBIC)
    pages = upload.find(environment, bundle) if bundle else None
    chosen = {role: images.find(environment, role, given) for role, given in (("api", api_digest), ("worker", worker_digest))}
    parts: dict[str, Any] = {"alembic_head": alembic_head, "bundle": pages.as_json() if pages else None}
    made = plan.make(environment, version=version, git_sha=git_sha, images=chosen, **parts)
    _check_not_denied(environment, digest(made))
    content = {"git_sha": git_sha, "api_digest": api_digest, "worker_digest": worker_digest}
    proof = promotion.of(environment, content)
    named = {"version": version, "git_sha": git_sha, "bundle": pages, "alembic_head": alembic_head, "notes": notes}
    named |= {f"{role}_{name}": getattr(image, name) for role, image in chosen.items() for name in ("tag", "digest")}
    with transaction.atomic():
        release = _kept(environment, user, made, proof, named)
        _tell(release, user)
        emails.requested(release)
        if release.tally().enough:
            release.mark_approved()
        if replaces and replaces.is_open:
            _replace(replaces, release, user)
    return release


def _kept(environment: Environment, user: User, made: dict[str, Any], proof: promotion.Proof, named: dict[str, Any]) -> Release:
    release = Release.objects.create(
        environment=environment,
        requested_by=user,
        plan=made,
        digest=digest(made),
        needed=made["approvals_needed"],
        source=proof.deployment if proof.holds else None,
        expected_seconds=durations.of_deployments(environment.slug),
        **named,
    )
    release.refresh_from_db(fields=["expires_at"])  # the database decides how long it may wait
    return release


def request_again(old: Release, user: User) -> Release:
    """Ask for the same images with a plan of today; an open request that this replaces is withdrawn."""
    return request(
        old.environment,
        user,
        version=old.version,
        git_sha=old.git_sha,
        api_digest=old.api_digest,
        worker_digest=old.worker_digest,
        bundle=old.bundle.digest if old.bundle else "",
        alembic_head=old.alembic_head,
        notes=old.notes,
        replaces=old,
    )


def _replace(old: Release, fresh: Release, user: User) -> None:
    old.mark_withdrawn(user, f"Replaced by release {fresh.pk}.")
    record(Verb.RELEASE_WITHDRAWN, actor=user.actor, subject=old.subject, environment=old.environment.slug)


def _check(name: str, value: str, rule: RegexValidator) -> None:
    try:
        rule(value)
    except ValidationError as error:
        raise Invalid(f"{name}: {value[:80]!r} must be {rule.message}", verb=Verb.RELEASE_REQUESTED) from error


def _check_not_denied(environment: Environment, plan_digest: str) -> None:
    twin = blockers.denied(environment.pk, plan_digest)
    if twin is not None:
        raise Refused(
            f"{twin.decided_by} denied this very plan for {environment.slug} (release {twin.pk}): {twin.reason}",
            next_step="Change what the reason names; another plan may be requested.",
            verb=Verb.RELEASE_REQUESTED,
            subject=twin.subject,
            environment=environment.slug,
        )


def _tell(release: Release, user: User) -> None:
    record(
        Verb.RELEASE_REQUESTED,
        actor=user.actor,
        subject=release.subject,
        environment=release.environment.slug,
        detail={
            "version": release.version,
            "git_sha": release.git_sha,
            "api": release.api_digest,
            "worker": release.worker_digest,
            "bundle": release.bundle.digest if release.bundle else "",
            "alembic_head": release.alembic_head,
            "plan": release.digest,
        },
    )
