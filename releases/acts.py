"""What people may do to releases, deployments, bundles, smoke tests and holds."""

from dataclasses import replace
from functools import partial
from typing import Any

from environments.models import Environment
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.acts.spec import ActField, ActSpec, Danger, TokenScope
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from releases.approvals import break_glass, decide
from releases.deployment import holds, rollback, wait_override
from releases.evidence import pack
from releases.models import (
    Bundle,
    Deployment,
    Hold,
    Publication,
    Release,
    Review,
    SmokeTest,
    WaitOverride,
)
from releases.requests import promote as promoting
from releases.requests.create import request, request_again
from releases.scaling.scale import can_scale
from releases.smoke import probe

CHANGERS = (Role.DEPLOYER, Role.ADMIN)
ADMINS = (Role.ADMIN,)


def approve(release: Release, user: User, *, digest: str, comment: str = "") -> Job | None:
    """Agree to the plan with this digest; the last approval needed starts the deployment."""
    return decide.approve(release.pk, user, digest=digest, comment=comment)[1]


def deny(release: Release, user: User, *, reason: str) -> None:
    """Turn the request down."""
    decide.deny(release.pk, user, reason=reason)


def withdraw(release: Release, user: User, *, reason: str) -> None:
    """Take back one's own request."""
    decide.withdraw(release.pk, user, reason=reason)


def deploy(release: Release, user: User) -> Job:
    """Start the deployment of an approved release."""
    return decide.deploy(release.pk, user)


def promote(release: Release, user: User, *, to: str, bundle: str = "", notes: str = "") -> Release:
    """Request the release's content in another environment."""
    target = Environment.objects.named(to)
    return promoting.promote(release, target, user, bundle=bundle, notes=notes)


def override_freeze(release: Release, user: User, *, reason: str) -> None:
    """Let the release go in spite of the freeze that holds now."""
    decide.override_freeze(release.pk, user, reason=reason)


def deploy_at_once(release: Release, user: User, *, reason: str, incident: str) -> Job:
    """Deploy without approval; a review blocks the next normal release."""
    return break_glass.break_glass(release.pk, user, reason=reason, incident=incident)[1]


def close_review(review: Review, user: User, *, finding: str) -> None:
    """Close the review of a deployment without approval."""
    break_glass.close_review(review.pk, user, finding=finding)


def roll_back(deployment: Deployment, user: User, *, reason: str, incident: str = "") -> Job:
    """Give the traffic back to what ran before the live deployment."""
    environment = deployment.environment
    live = Deployment.objects.of(environment).live().first()
    if rollback.can_roll_back(user) and (live is None or live.pk != deployment.pk):
        release = deployment.release
        raise Refused(
            f"Release {release.pk} ({release}) is not what is live in {environment}.",
            next_step=(
                f"Live is release {live.release_id} ({live.release.version})."
                if live
                else "Nothing is live there."
            ),
            act=release.act(Verb.RELEASE_ROLLBACK),
        )
    return rollback.start(environment, user, reason, incident or None)


def let_step_go_on(job: Job, user: User, *, reason: str) -> Job:
    """Let a step go on that waits for computations."""
    wait_override.override(job, user, reason)
    return job


def _may_request(row: object, user: Any) -> bool:
    return Release.can_request(user)


REASON = ActField("reason", "Reason", longest=500, shortest=3)
COMMENT = ActField("comment", "Comment", required=False)
DIGEST = ActField("digest", longest=71, of_row=lambda release: release.digest)
WHY_NOW = ActField("reason", "Why it cannot wait", longest=2000, shortest=10)
INCIDENT = ActField("incident", "Incident", longest=300)
BUNDLE = ActField("bundle", "Bundle", longest=71, required=False)
NOTES = ActField("notes", "Notes", longest=4000, required=False)
REQUEST = (
    ActField("version", longest=60),
    ActField("git_sha", longest=40),
    ActField("api_digest", longest=71),
    ActField("worker_digest", longest=71),
    BUNDLE,
    ActField("alembic_head", longest=64, required=False),
    NOTES,
)

on_release = partial(ActSpec, model=Release, summary="releases/_act_row.html")
on_environment = partial(ActSpec, model=Environment)

REQUEST_RELEASE = on_environment(
    "release.request",
    "Request a release",
    Verb.RELEASE_REQUESTED,
    TokenScope.DEPLOY,
    CHANGERS,
    _may_request,
    request,
    fields=REQUEST,
    own_page=("release-new", "?environment=slug"),
    calls_oci=True,
    effect="Requests a release of images that are in the environment's repositories.",
)
APPROVE = on_release(
    "release.approve",
    "Approve",
    Verb.RELEASE_APPROVED,
    TokenScope.APPROVE,
    CHANGERS,
    Release.can_approve,
    approve,
    fields=(DIGEST, COMMENT),
    danger=Danger.FRESH,
    pages=("release-approve",),
    effect="Agrees to exactly this plan; the last approval needed starts the deployment.",
)
DENY = on_release(
    "release.deny",
    "Deny",
    Verb.RELEASE_DENIED,
    TokenScope.APPROVE,
    CHANGERS,
    Release.can_deny,
    deny,
    fields=(REASON,),
    pages=("release-deny",),
    effect="Denies the request for good: this plan is not asked for again.",
)
WITHDRAW = on_release(
    "release.withdraw",
    "Withdraw",
    Verb.RELEASE_WITHDRAWN,
    TokenScope.DEPLOY,
    CHANGERS,
    Release.can_withdraw,
    withdraw,
    fields=(REASON,),
    pages=("release-withdraw",),
    effect="Takes your own request back.",
)
DEPLOY = on_release(
    "release.deploy",
    "Deploy",
    Verb.RELEASE_DEPLOY,
    TokenScope.DEPLOY,
    CHANGERS,
    Release.can_deploy,
    deploy,
    danger=Danger.FRESH,
    pages=("release-deploy",),
    effect="Starts the deployment of the approved release.",
)
PROMOTE = on_release(
    "release.promote",
    "Promote",
    Verb.RELEASE_REQUESTED,
    TokenScope.DEPLOY,
    CHANGERS,
    _may_request,
    promote,
    fields=(ActField("to", longest=64), BUNDLE, NOTES),
    own_page=("release-promote", "pk"),
    calls_oci=True,
    effect="Requests the release's content in another environment, which has its images already.",
)
OVERRIDE = on_release(
    "release.override_freeze",
    "Override freeze",
    Verb.FREEZE_OVERRIDDEN,
    TokenScope.APPROVE,
    ADMINS,
    Release.can_override_freeze,
    override_freeze,
    fields=(REASON,),
    danger=Danger.FRESH,
    bulk=False,
    pages=("release-override",),
    effect="Lets this release alone be deployed in spite of the freeze that holds now.",
)
BREAK_GLASS = on_release(
    "release.break_glass",
    "Break glass",
    Verb.GLASS_BROKEN,
    TokenScope.ADMIN,
    CHANGERS,
    lambda row, user: Release.can_break_glass(user),
    deploy_at_once,
    fields=(WHY_NOW, INCIDENT),
    danger=Danger.VERY_FRESH,
    own_page=("release-break-glass", "pk"),
    effect="Deploys at once without approval; a review then blocks the next normal release.",
)
REQUEST_AGAIN = on_release(
    "release.request_again",
    "Request again",
    Verb.RELEASE_REQUESTED,
    TokenScope.DEPLOY,
    CHANGERS,
    _may_request,
    request_again,
    bulk=False,
    pages=("release-again",),
    calls_oci=True,
    effect="Requests the same images with a plan of today; an open request is replaced.",
)
CLOSE_REVIEW = ActSpec(
    "review.close",
    "Close",
    Verb.REVIEW_CLOSED,
    TokenScope.APPROVE,
    CHANGERS,
    Review.can_close,
    close_review,
    model=Review,
    fields=(ActField("finding", "Finding", longest=4000, shortest=10),),
    bulk=False,
    pages=("review",),
    effect="Closes the review with your finding; the requester and the actor may not.",
)
ROLL_BACK = ActSpec(
    "deployment.roll_back",
    "Roll back",
    Verb.RELEASE_ROLLBACK,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: rollback.can_roll_back(user),
    roll_back,
    model=Deployment,
    fields=(REASON, replace(INCIDENT, longest=20, required=False)),
    bulk=False,
    pages=("rollback",),
    effect="Gives the traffic back to what ran before this deployment.",
)
EVIDENCE = ActSpec(
    "deployment.take_evidence",
    "Evidence",
    Verb.EVIDENCE,
    TokenScope.AUDIT,
    pack.ROLES,
    lambda row, user: pack.can_export(user),
    model=Deployment,
    own_page=("deployment-evidence", "pk"),
    effect="Sends everything about this deployment in one zip that verifies offline.",
)
SCALE = on_environment(
    "environment.scale",
    "Scale",
    Verb.RELEASE_SCALE,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: can_scale(user),
    own_page=("scale", "slug"),
    effect="Starts and removes instances, within the boundaries that admins set.",
)
RUN_SMOKE_TEST = on_environment(
    "environment.run_smoke_test",
    "Run smoke test",
    Verb.SMOKE_TEST,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: SmokeTest.can_run(user),
    probe.start,
    pages=("smoke-start",),
    effect="Starts one run of the smoke test.",
)
EDIT_SMOKE_TEST = ActSpec(
    "smoke_test.edit",
    "Edit",
    Verb.SMOKE_TEST_CHANGED,
    TokenScope.ADMIN,
    ADMINS,
    lambda row, user: SmokeTest.can_edit(user),
    model=SmokeTest,
    own_page=("smoke-edit", "environment.slug"),
    pages=("smoke-check", "smoke-save"),
    effect="Stores the next version of the test.",
)
UPLOAD_BUNDLE = on_environment(
    "environment.upload_bundle",
    "Upload frontend",
    Verb.BUNDLE_UPLOADED,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: Bundle.can_upload(user),
    own_page=("bundles", "?environment=slug"),
    effect="Checks and keeps a build of the frontend.",
)
PUT_BACK = ActSpec(
    "bundle.put_back",
    "Put back",
    Verb.FRONTEND_ROLLBACK,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: Publication.can_publish(user),
    model=Bundle,
    danger=Danger.FRESH,
    own_page=("frontend-back", "environment.slug", "pk"),
    effect="Gives users this former bundle again, without touching the API.",
)
LIFT_HOLD = ActSpec(
    "hold.lift",
    "Lift",
    Verb.HOLD_LIFTED,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: Hold.can_lift(user),
    holds.lift,
    model=Hold,
    fields=(REASON,),
    pages=("hold",),
    effect="Lets releases be deployed again.",
)
LET_STEP_GO_ON = ActSpec(
    "job.let_step_go_on",
    "Do not wait",
    Verb.RELEASE_GO_AHEAD,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: WaitOverride.can_give(user),
    let_step_go_on,
    model=Job,
    fields=(replace(REASON, longest=2000),),
    bulk=False,
    pages=("go-on",),
    effect="Lets the step go on although computations may be lost.",
)

ACTS = [
    REQUEST_RELEASE,
    APPROVE,
    DENY,
    WITHDRAW,
    DEPLOY,
    PROMOTE,
    OVERRIDE,
    BREAK_GLASS,
    REQUEST_AGAIN,
    CLOSE_REVIEW,
    ROLL_BACK,
    EVIDENCE,
    SCALE,
    RUN_SMOKE_TEST,
    EDIT_SMOKE_TEST,
    UPLOAD_BUNDLE,
    PUT_BACK,
    LIFT_HOLD,
    LET_STEP_GO_ON,
]
