"""What people may do to environments, their plans, differences, resources and secrets."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from django.db import transaction

from environments.drift.accept import accept
from environments.export.views import archived
from environments.models import DriftItem, Environment, ManagedResource, Plan, SecretReference
from environments.reconcile import apply, destroy
from environments.secrets import vault_acts
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.acts.spec import ActField, ActSpec, Danger, TokenScope, check_typed
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.refusal import Invalid

CHANGERS = (Role.DEPLOYER, Role.ADMIN)
ADMINS = (Role.ADMIN,)
EXPORTERS = (Role.ADMIN, Role.DEPLOYER, Role.AUDITOR)


def plan(environment: Environment, user: User) -> Job:
    """Start the job that compares the environment with OCI and makes a plan."""
    return _compare(environment, user, "plan", f"plan {environment.slug}", Verb.PLAN_MADE)


def detect_drift(environment: Environment, user: User) -> Job:
    """Start the job that looks for drift now."""
    words = f"compare {environment.slug} with OCI"
    return _compare(environment, user, "drift", words, Verb.PLAN_MADE)


def discover(environment: Environment, user: User) -> Job:
    """Start the job that looks for what was built by hand."""
    words = f"look through {environment.slug}"
    return _compare(environment, user, "discover", words, Verb.ADOPTION_CHOSEN)


def plan_destroy(environment: Environment, user: User, *, empty: bool = False) -> Job:
    """Start the job that makes the plan of a destruction."""
    slug = environment.slug
    allow(environment.can_destroy(user), user, f"destroy {slug}", environment.act(Verb.DESTROY))
    destroy.refuse_protected(environment)
    spec = {"destroy": True, "empty": empty, "requester": user.pk}
    with transaction.atomic():
        return submit(
            "environments.plan",
            environment=slug,
            actor=user.actor,
            spec=spec,
            dedupe=f"destroy:{slug}",
        )


def carry_out(
    plan: Plan, user: User, *, digest: str, environment: str = "", takes_away: str = ""
) -> Job:
    """Start the job that makes exactly the changes of the plan."""
    slug, act = plan.environment.slug, _act(plan)
    allow(plan.can_carry_out(user), user, f"apply plans to {slug}", act)
    if digest != plan.digest:
        words = f"digest is {digest!r}: plan {plan.pk} has {plan.digest}."
        raise Invalid(words, next_step="Read the plan again.", act=act)
    check_name(plan, environment)
    check_ticks(plan, takes_away.replace(",", " ").split())
    start = destroy.destroy if plan.destroys else apply.apply
    return start(plan, actor=user.actor)


def check_name(plan: Plan, typed: str, *, field: str = "environment") -> None:
    """Refuse to carry out a plan before its environment was named, where that is asked for."""
    check_typed(typed, plan.name_to_type, _act(plan), field=field, why=_why_to_type(plan))


def check_ticks(plan: Plan, ticked: Collection[str], *, field: str = "takes_away") -> None:
    """Refuse to carry out a plan before each change that takes something away was ticked."""
    missing = [key for key in plan.keys_to_tick if key not in ticked]
    if missing:
        words = (
            f"{field} lacks {', '.join(missing)}: each takes something away. Nothing was changed."
        )
        next_step = f"Read what the plan says of it, then name it: {' '.join(plan.keys_to_tick)}"
        raise Invalid(words, next_step=next_step, act=_act(plan))


def agree(plan: Plan, user: User, *, digest: str, comment: str = "") -> None:
    """Agree to exactly this plan; nothing is started by it."""
    destroy.approve(plan, user, digest=digest, comment=comment, actor=user.actor)


def rotate_key(environment: Environment, user: User, *, typed: str = "") -> Job:
    """Start the job that gives the environment's key a new version."""
    _, act = vault_acts.require_rotatable(environment, user)
    check_typed(typed, _protected_name(environment), act)
    return vault_acts.rotate(environment, user)


def cancel_deletion(resource: ManagedResource, user: User, *, typed: str = "") -> Job:
    """Start the job that cancels a deletion that OCI has scheduled."""
    environment = resource.environment
    _, act = vault_acts.require_recoverable(environment, resource.key, user)
    check_typed(typed, _protected_name(environment), act)
    return vault_acts.recover(environment, resource.key, user)


def _compare(environment: Environment, user: User, kind: str, words: str, verb: Verb) -> Job:
    allow(environment.can_plan(user), user, words, environment.act(verb))
    slug = environment.slug
    return submit(
        f"environments.{kind}", environment=slug, actor=user.actor, dedupe=f"{kind}:{slug}"
    )


def _act(plan: Plan) -> Act:
    return (DESTROY if plan.destroys else APPLY).act(plan)


def _why_to_type(plan: Plan) -> str:
    slug = plan.environment.slug
    if plan.destroys:
        return f"the plan destroys {slug}"
    if plan.is_heavy:
        return "the plan takes the product down or loses data"
    return f"{slug} is protected"


def _protected_name(environment: Environment) -> str:
    return environment.slug if environment.protected else ""


def _danger(plan: Plan) -> Danger:
    return Danger.TYPED_NAME if plan.name_to_type else Danger.FRESH


DIGEST = ActField("digest", longest=71, of_row=lambda plan: plan.digest)
NAME = ActField("environment", longest=64, required=False, expected=lambda plan: plan.name_to_type)
TICKS = ActField(
    "takes_away",
    "Changes that take something away",
    longest=4000,
    required=False,
    expected=lambda plan: " ".join(plan.keys_to_tick),
)
KEY_NAME = ActField("typed", required=False, expected=_protected_name)
RESOURCE_NAME = replace(KEY_NAME, expected=lambda row: _protected_name(row.environment))
EMPTY = ActField(
    "empty", "For a destruction: empty the buckets that are deleted.", flag=True, required=False
)
COMMENT = ActField("comment", "Comment", required=False)

on_environment = partial(ActSpec, model=Environment)
on_plan = partial(ActSpec, model=Plan, bulk=False, summary="environments/_act_plan.html")

PLAN = on_environment(
    "environment.plan",
    "Plan",
    Verb.PLAN_MADE,
    TokenScope.DEPLOY,
    CHANGERS,
    Environment.can_plan,
    plan,
    pages=("plan-new",),
    command="plan",
    effect="Starts the job that compares the environment with OCI. Nothing is changed.",
)
PLAN_DESTROY = on_environment(
    "environment.plan_destroy",
    "Plan to destroy",
    Verb.DESTROY,
    TokenScope.ADMIN,
    ADMINS,
    Environment.can_destroy,
    plan_destroy,
    fields=(EMPTY,),
    bulk=False,
    pages=("destroy",),
    effect="Starts the job that lists everything a destruction would delete. Nothing is deleted.",
)
DETECT_DRIFT = on_environment(
    "environment.detect_drift",
    "Detect drift",
    Verb.PLAN_MADE,
    TokenScope.DEPLOY,
    CHANGERS,
    Environment.can_plan,
    detect_drift,
    pages=("drift-look",),
    command="drift",
    effect="Starts the job that looks for differences in OCI. Nothing is changed.",
)
DISCOVER = on_environment(
    "environment.discover",
    "Discover",
    Verb.ADOPTION_CHOSEN,
    TokenScope.DEPLOY,
    CHANGERS,
    Environment.can_plan,
    discover,
    pages=("adopt-look",),
    effect="Starts the job that looks for resources that were built by hand. Nothing is changed.",
)
ADOPT = on_environment(
    "environment.adopt",
    "Adopt",
    Verb.ADOPTION_CHOSEN,
    TokenScope.ADMIN,
    ADMINS,
    Environment.can_adopt,
    danger=Danger.FRESH,
    own_page=("adopt", "slug"),
    command="adopt",
    effect="Keeps which resources belong to the environment, then plans.",
)
EXPORT = on_environment(
    "environment.export",
    "Export",
    Verb.CONFIG_EXPORTED,
    TokenScope.READ,
    EXPORTERS,
    Environment.can_export,
    archived,
    bulk=False,
    pages=("environment-export",),
    command="export_config",
    effect="Sends the environment's configuration as Terraform JSON in a zip.",
)
ROTATE_KEY = on_environment(
    "environment.rotate_key",
    "Rotate key",
    Verb.KEY_ROTATE,
    TokenScope.ADMIN,
    ADMINS,
    Environment.can_rotate_key,
    rotate_key,
    fields=(KEY_NAME,),
    danger=Danger.TYPED_NAME,
    bulk=False,
    pages=("vault-rotate",),
    effect="Gives the environment's key a new version. Older versions still decrypt.",
)
IMPORT_CERTIFICATE = on_environment(
    "environment.import_certificate",
    "Import certificate",
    Verb.CERTIFICATE_IMPORT,
    TokenScope.ADMIN,
    ADMINS,
    Environment.can_import_certificate,
    danger=Danger.FRESH,
    own_page=("certificate", "slug"),
    effect="Stores certificate, chain and private key in OCI.",
)
SUBSCRIBE_REGION = on_environment(
    "environment.subscribe_region",
    "Subscribe region",
    Verb.REGION_SUBSCRIBE,
    TokenScope.ADMIN,
    ADMINS,
    Environment.can_subscribe_region,
    danger=Danger.TYPED_NAME,
    own_page=("dr-region", "slug"),
    effect="Subscribes the tenancy to the disaster recovery region, for good.",
)
APPLY = on_plan(
    "plan.apply",
    "Apply",
    Verb.PLAN_APPLY,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda plan, user: not plan.destroys and plan.can_carry_out(user),
    carry_out,
    fields=(DIGEST, NAME, TICKS),
    danger=_danger,
    pages=("plan-apply",),
    command="apply",
    effect="Starts the job that makes exactly these changes in OCI.",
)
DESTROY = on_plan(
    "plan.destroy",
    "Destroy",
    Verb.DESTROY,
    TokenScope.ADMIN,
    ADMINS,
    lambda plan, user: plan.destroys and plan.can_carry_out(user),
    carry_out,
    fields=(DIGEST, NAME),
    danger=Danger.TYPED_NAME,
    pages=("plan-destroy",),
    effect="Starts the job that deletes exactly what the plan lists. This cannot be undone.",
)
AGREE = on_plan(
    "plan.agree",
    "Agree",
    Verb.PLAN_APPROVED,
    TokenScope.APPROVE,
    CHANGERS,
    Plan.can_approve,
    agree,
    fields=(DIGEST, COMMENT),
    danger=Danger.FRESH,
    pages=("plan-approve",),
    effect="Agrees to exactly this destruction. Nothing is started by it.",
)
ACCEPT = ActSpec(
    "drift.accept",
    "Accept",
    Verb.DRIFT_ACCEPTED,
    TokenScope.ADMIN,
    ADMINS,
    DriftItem.can_accept,
    accept,
    model=DriftItem,
    danger=Danger.FRESH,
    summary="environments/_act_difference.html",
    pages=("drift-accept",),
    effect="Changes the settings so that they want what was found. OCI is not touched.",
)
CANCEL_DELETION = ActSpec(
    "resource.cancel_deletion",
    "Cancel deletion",
    Verb.DELETION_CANCEL,
    TokenScope.DEPLOY,
    CHANGERS,
    lambda row, user: row.environment.can_apply(user),
    cancel_deletion,
    model=ManagedResource,
    fields=(RESOURCE_NAME,),
    danger=Danger.TYPED_NAME,
    bulk=False,
    pages=("vault-recover",),
    effect="Starts the job that cancels the deletion which OCI has scheduled.",
)
SET_SECRET = ActSpec(
    "secret.set",
    "Set value",
    Verb.SECRET_SET,
    TokenScope.ADMIN,
    ADMINS,
    lambda row, user: row.environment.can_set_secret(user),
    model=SecretReference,
    danger=Danger.FRESH,
    own_page=("secret", "environment.slug", "name"),
    effect="Stores a new version of the secret in Vault.",
)

ACTS = [
    PLAN,
    PLAN_DESTROY,
    DETECT_DRIFT,
    DISCOVER,
    ADOPT,
    EXPORT,
    ROTATE_KEY,
    IMPORT_CERTIFICATE,
    SUBSCRIBE_REGION,
    APPLY,
    DESTROY,
    AGREE,
    ACCEPT,
    CANCEL_DELETION,
    SET_SECRET,
]
