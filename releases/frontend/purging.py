"""Tells an environment's CDN to forget index.html, with a token that is read from Vault for the one call."""

import base64
from collections.abc import Mapping
from typing import Any

from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.jobs.definition import StepContext, Stop
from releases.deployment.region import home
from releases.frontend.purge import NotPurged, purge

TRIES = 3


def of_page(ctx: StepContext, place: Mapping[str, Any]) -> None:
    """Ask for it, when there is a hook; a CDN that stays silent ends the step: users would keep the former page."""
    hook = place["purge"]["url"]
    if not hook:
        return
    token = _token(ctx, place["purge"]["secret"])
    for attempt in range(1, TRIES + 1):
        try:
            purge(place["provider"], hook, token, place["url"])
        except NotPurged as error:
            ctx.say(f"the CDN did not forget index.html (try {attempt}): {error}")
            said = error
        else:
            ctx.say("the CDN forgets index.html")
            return
    raise Stop(f"index.html is published, but the CDN was not told: {said}.", "Purge it by hand; check purge_url and its secret.")


def _token(ctx: StepContext, secret: str) -> str:
    """Return the token, into memory alone; that it was read is recorded first."""
    if not secret:
        return ""
    record(Verb.SECRET_READ, actor=ctx.job.as_actor, subject=f"secret:{secret}", environment=ctx.job.environment, job=ctx.job.pk)
    try:
        bundle = home(ctx).read("secrets", "get_secret_bundle", secret).data
    except CloudError as error:
        if error.retryable:
            raise
        raise Stop(f"The token for the CDN cannot be read: {error.message}", "Check the setting purge_secret.") from error
    return base64.b64decode(bundle["secretBundleContent"]["content"]).decode()
