"""What the pages of the frontend show: from the database alone, except what is really served."""

from typing import Any

from django.db.models import Count

from environments.models import Environment
from portal.accounts.models import User
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from releases.frontend import config, live_check, rollback
from releases.frontend.check import UnfitBundle
from releases.frontend.findings import BundleFinding
from releases.models import Bundle, Publication, Release

SHOWN = 30


def bundles_context(environment: Environment, user: User) -> dict[str, Any]:
    """Return the bundles of an environment, the newest first."""
    return {
        "environment": environment,
        "environments": Environment.objects.all(),
        "bundles": list_bundles(environment),
        "now": current(environment),
        "api_origin": config.api_origin(environment),
        "can_upload": Bundle.can_upload(user),
    }


def list_bundles(environment: Environment) -> list[Bundle]:
    """Return the newest bundles with the number of releases that carry each."""
    found = (
        Bundle.objects.filter(environment=environment).select_related("uploaded_by").defer("files")
    )
    return list(found.annotate(carried=Count("releases")).order_by("-id")[:SHOWN])


def offered(environment: Environment) -> dict[str, Any]:
    """Return what a person who asks for a release chooses from."""
    return {
        "bundles": list_bundles(environment),
        "api_origin": config.api_origin(environment),
        "now": current(environment),
    }


def bundle_context(bundle: Bundle, user: User) -> dict[str, Any]:
    """Return one bundle with its files and its history."""
    return {
        "environment": bundle.environment,
        "bundle": bundle,
        "files": bundle.files,
        "now": current(bundle.environment),
        "publications": bundle.publications.select_related("job").order_by("-id")[:SHOWN],
        "releases": (
            bundle.releases.select_related("environment").defer("plan").order_by("-id")[:SHOWN]
        ),
        "can_request": Release.can_request(user),
        "can_publish": Publication.can_publish(user),
    }


def frontend_context(environment: Environment, user: User) -> dict[str, Any]:
    """Return what is served, and what was before."""
    rows = list(Publication.objects.of(environment)[:SHOWN])
    return {
        "environment": environment,
        "publications": rows,
        "now": next((row for row in rows if row.ended_at is None), None),
        "former": _previously_published(rows),
        "url": config.url(environment),
        "api_origin": config.api_origin(environment),
        "allowed": config.allowed_origins(environment),
        "provider": environment.setting("cdn_provider"),
        "purges": environment.setting("purge_url"),
        "keep_days": environment.setting("frontend_keep_days"),
        "can_publish": Publication.can_publish(user),
        "can_upload": Bundle.can_upload(user),
        "job": Job.objects.active(environment.slug).filter(kind=rollback.KIND).first(),
    }


def served_context(environment: Environment) -> dict[str, Any]:
    """Look at what users get now; the only part that asks the world."""
    now = (
        Publication.objects.filter(environment=environment, ended_at=None)
        .select_related("bundle")
        .first()
    )
    if now is None:
        return {"environment": environment, "seen": [], "nothing": True}
    try:
        checks = live_check.check_live(
            config.frontend_config(environment), now.bundle.files, config.other_origins(environment)
        )
    except Refused as error:
        return {"environment": environment, "seen": [], "problem": error}
    return {"environment": environment, "seen": checks, "passed": all(one.passed for one in checks)}


def current(environment: Environment) -> Publication | None:
    """Return what the environment serves, as the portal wrote it down."""
    return Publication.objects.of(environment).current().first()


def findings_of(problem: object) -> list[BundleFinding]:
    """Return what is wrong with an upload, thing by thing, when that is what it was refused for."""
    cause = getattr(problem, "__cause__", None)
    return cause.findings if isinstance(cause, UnfitBundle) else []


def _previously_published(rows: list[Publication]) -> list[Publication]:
    """Return the last stretch of each other bundle that was served, the newest first."""
    seen = {row.bundle_id for row in rows if row.ended_at is None}
    found: list[Publication] = []
    for row in rows:
        if row.bundle_id not in seen:
            seen.add(row.bundle_id)
            found.append(row)
    return found
