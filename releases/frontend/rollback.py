"""Publishes a former bundle again, without the API: no approval, as it was approved before."""

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.refusal import Refused
from releases.frontend import config
from releases.models import Bundle, Publication
from releases.requests.plan import PlannedBundle

KIND = "releases.publish"


def previously_published(environment: Environment, pk: int, user: User) -> Bundle:
    """Return a bundle that was served here before, for those who may publish it; or refuse."""
    act = _act(environment, pk)
    can = Publication.can_publish(user)
    allow(can, user, f"change the frontend of {environment.slug}", act)
    rows = Publication.objects.filter(environment=environment, bundle=pk)
    found = rows.select_related("bundle").order_by("-id").first()
    if found is None:
        raise Refused(
            f"Bundle {pk} was never published in {environment.slug}, so it cannot be restored.",
            next_step="Request a release with it.",
            act=act,
        )
    return found.bundle


def roll_back_frontend(environment: Environment, user: User, pk: int, *, reason: str) -> Job:
    """Start the job that points index.html to a former bundle."""
    bundle, act = previously_published(environment, pk, user), _act(environment, pk)
    reason = require_reason(reason, act, longest=500)
    frontend = config.frontend_config(environment)
    previous = frontend.previous or PlannedBundle()
    if previous.id == bundle.pk:
        words = f"{bundle} is already published in {environment.slug}."
        raise Refused(words, next_step="Pick another one.", act=act)
    if bundle.api_origin != frontend.api_origin:
        raise Refused(
            f"{bundle} calls the API at {bundle.api_origin}, and that of {environment.slug} is at "
            f"{frontend.api_origin} now.",
            next_step=(
                "Build that version again for the new address, upload it, and request a release."
            ),
            act=act,
        )
    place = {"region": environment.home_region}
    bundle_json = bundle.planned().as_json()
    plan = {"place": place, "frontend": frontend.as_json(), "bundle": bundle_json}
    with transaction.atomic():
        spec = {"plan": plan, "reason": reason}
        job = submit(KIND, environment=environment.slug, actor=user.actor, spec=spec)
        detail = {"bundle": bundle.digest, "from": previous.digest, "reason": reason}
        audit(act, actor=user.actor, job=job.pk, detail=detail)
    return job


def _act(environment: Environment, pk: int) -> Act:
    return Act(Verb.FRONTEND_ROLLBACK, f"bundle:{pk}", environment.slug)
