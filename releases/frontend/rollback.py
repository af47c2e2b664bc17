"""Giving users a former bundle again, without touching the API: no approval, for it goes back to what was approved."""

from typing import Any

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases.frontend import config
from releases.models import Bundle, Publication

KIND = "releases.publish"


def former(environment: Environment, pk: int) -> Bundle:
    """Return a bundle that was served here before, or refuse: what never was took no approval."""
    rows = Publication.objects.filter(environment=environment, bundle=pk)
    found = rows.select_related("bundle").order_by("-id").first()
    if found is None:
        raise Refused(
            f"Bundle {pk} was never served in {environment.slug}, so there is no going back to it.",
            next_step="Request a release with it.",
            verb=Verb.FRONTEND_ROLLBACK,
            subject=f"bundle:{pk}",
            environment=environment.slug,
        )
    return found.bundle


def start(environment: Environment, user: User, pk: int, reason: str) -> Job:
    """Order the job that points index.html to a former bundle."""
    about: dict[str, Any] = {"verb": Verb.FRONTEND_ROLLBACK, "subject": f"bundle:{pk}", "environment": environment.slug}
    allow(Publication.can_publish(user), user, f"change the frontend of {environment.slug}", **about)
    if len(reason.strip()) < 3:
        raise Invalid("reason: say why, in at least 3 characters; it stays in the history.", **about)
    bundle, frontend = former(environment, pk), config.of(environment)
    if (frontend["previous"] or {}).get("id") == bundle.pk:
        raise Refused(f"{bundle} is what {environment.slug} serves now.", next_step="Pick another one.", **about)
    if bundle.api_origin != frontend["api_origin"]:
        raise Refused(
            f"{bundle} calls the API at {bundle.api_origin}, and that of {environment.slug} is at {frontend['api_origin']} now.",
            next_step="Build that version again for the new address, upload it, and request a release.",
            **about,
        )
    plan = {"place": {"region": environment.home_region}, "frontend": frontend, "bundle": bundle.as_json()}
    with transaction.atomic():
        job = submit(KIND, environment=environment.slug, actor=user.actor, spec={"plan": plan, "reason": reason.strip()[:500]})
        detail = {"bundle": bundle.digest, "from": (frontend["previous"] or {}).get("digest", ""), "reason": reason.strip()[:500]}
        record(Verb.FRONTEND_ROLLBACK, actor=user.actor, job=job.pk, detail=detail, **_told(about))
    return job


def _told(about: dict[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("subject", "environment")}
