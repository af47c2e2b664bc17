"""Where an environment's frontend is served, and which API it belongs to; from the database
alone.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from environments.models import Environment, ManagedResource
from portal.audit.verbs import Verb
from portal.cloud.client import object_url
from portal.lib.refusal import Refused
from releases.frontend.check import BundleRules
from releases.frontend.file_names import INDEX
from releases.models import Publication
from releases.requests.plan import FrontendTarget, PurgeHook

PUBLIC, PRIVATE = "bucket.frontend-static", "bucket.backups"
OBJECT = "object"  # no CDN: users open the object's own address


def frontend_config(environment: Environment) -> FrontendTarget:
    """Return what publishing needs to know, for a plan: where to, seen how, calling which
    API, in place of what.
    """
    current = Publication.objects.of(environment).current().select_related("bundle").first()
    return FrontendTarget(
        bucket=_bucket(environment, PUBLIC).name,
        namespace=_bucket(environment, PUBLIC).facts.get("namespace", ""),
        provider=environment.setting("cdn_provider"),
        url=url(environment),
        api_origin=api_origin(environment),
        cors=allowed_origins(environment),
        purge=PurgeHook(environment.setting("purge_url"), environment.setting("purge_secret")),
        keep_days=environment.setting("frontend_keep_days"),
        previous=current.bundle.planned() if current else None,
    )


def bundle_rules(environment: Environment, secrets: Mapping[str, str]) -> BundleRules:
    """Return what a bundle of this environment must keep."""
    own = api_origin(environment)
    if not own:
        raise Refused(
            f"{environment.slug} has no API address yet, so it is not known which one its "
            "frontend must call.",
            next_step="Plan and apply it first, or give the setting api_origin.",
            act=environment.act(Verb.BUNDLE_UPLOADED),
        )
    at_root = environment.setting("cdn_provider") != OBJECT
    return BundleRules(own, other_origins(environment), at_root, secrets)


def other_origins(environment: Environment) -> dict[str, str]:
    """Return the API origins of the other environments by name."""
    found = {
        other.slug: api_origin(other) for other in Environment.objects.exclude(pk=environment.pk)
    }
    return {slug: origin for slug, origin in found.items() if origin}


def api_origin(environment: Environment) -> str:
    """Return the origin of the API as browsers call it; nothing while there is none."""
    return str(environment.setting("api_origin") or origin(environment.api_url))


def url(environment: Environment) -> str:
    """Return where people open the frontend: with a slash at its end when index.html is what
    a host answers by itself.
    """
    given = environment.setting("frontend_url")
    if given and environment.setting("cdn_provider") != OBJECT:
        return f"{given}/"
    bucket = environment.resource(PUBLIC)
    if bucket is None or not bucket.facts.get("namespace"):
        return ""
    return object_url(environment.home_region, bucket.facts["namespace"], bucket.name, INDEX)


def allowed_origins(environment: Environment) -> list[str]:
    """Return the web origins that may call the API (CORS): those of the setting, or its own
    and the frontend's.
    """
    setting: list[str] = environment.setting("cors_allowed_origins")
    own = [one for one in (environment.api_url, origin(url(environment))) if one]
    return setting or list(dict.fromkeys(own))


def origin(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _bucket(environment: Environment, key: str) -> ManagedResource:
    """Return the bucket's row, or refuse: nothing can be published before it is provisioned."""
    environment.ocid(key)
    return ManagedResource.objects.get(environment=environment, key=key)
