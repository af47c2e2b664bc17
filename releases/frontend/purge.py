"""Purges index.html from an environment's CDN: its name stays while its content changes."""

import base64
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.jobs.definition import StepContext, Stop
from portal.lib.act import Act
from portal.lib.http import Client, NoReply
from releases.deployment.context import home
from releases.frontend.file_names import INDEX
from releases.requests.plan import FrontendTarget

SECONDS = 10.0
ATTEMPTS = 3


class NotPurged(Exception):
    """The CDN did not confirm; the text says what it answered, without the token."""


def purge_page(ctx: StepContext, config: FrontendTarget) -> None:
    """Purge the page, when there is a hook; Stop after three attempts without a confirmation."""
    hook = config.purge.url
    if not hook:
        return
    token = _read_token(ctx, config.purge.secret)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            purge(config.provider, hook, token, config.url)
        except NotPurged as error:
            ctx.say(f"the CDN did not purge index.html (attempt {attempt}): {error}")
            answer = error
        else:
            ctx.say("the CDN purges index.html")
            return
    raise Stop(
        f"index.html is published, but the CDN was not purged: {answer}.",
        "Purge it by hand; check purge_url and its secret.",
    )


def purge(provider: str, hook: str, token: str, url: str) -> None:
    """Send what this CDN expects; raise NotPurged unless it confirms.

    Cloudflare (and a hook of one's own) take a list of addresses; Fastly takes one address a call,
    below its own.
    """
    pages = [url, f"{url}{INDEX}"]
    if provider == "fastly":
        for page in pages:
            _send(f"{hook}/{page.partition('://')[2]}", {"Fastly-Key": token} if token else {})
        return
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token.strip() else {}
    _send(hook, headers, json.dumps({"files": pages}).encode())


def _send(address: str, headers: Mapping[str, str], body: bytes | None = None) -> None:
    parts = urlsplit(address)
    client = Client(f"{parts.scheme}://{parts.netloc}")
    try:
        reply = client.send("POST", parts.path or "/", headers=headers, body=body, timeout=SECONDS)
    except NoReply as error:
        raise NotPurged(f"{parts.netloc}: {error}") from error
    if not 200 <= reply.status < 300:
        raise NotPurged(f"{parts.netloc} answered {reply.status}")


def _read_token(ctx: StepContext, secret: str) -> str:
    """Return the token, into memory alone; that it was read is recorded first."""
    if not secret:
        return ""
    act = Act(Verb.SECRET_READ, f"secret:{secret}", ctx.job.environment)
    audit(act, actor=ctx.job.as_actor, job=ctx.job.pk)
    try:
        bundle = home(ctx).read("secrets", "get_secret_bundle", secret).data
    except CloudError as error:
        if error.retryable:
            raise
        raise Stop(
            f"The token for the CDN cannot be read: {error.message}",
            "Check the setting purge_secret: the portal may read a secret named CDN_PURGE_TOKEN.",
        ) from error
    return base64.b64decode(bundle["secretBundleContent"]["content"]).decode()
