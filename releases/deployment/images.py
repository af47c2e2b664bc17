"""The images that really are in an environment's repositories."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from environments import naming
from portal.cloud.door import Door, door
from portal.cloud.errors import NotFoundOrForbidden
from portal.lib.refusal import Invalid
from releases.deployment import signing

ROLES = naming.REPOSITORIES
NAMES = {"api": "API", "worker": "worker"}
SHOWN = 20  # of each repository; the size of each takes a call of its own


@dataclass(frozen=True)
class Image:
    """One image as the registry lists it."""

    repository: str
    tag: str
    digest: str
    pushed_at: str
    ocid: str = ""
    size: int = 0  # bytes of its layers, when somebody asked for it

    @property
    def pushed(self) -> datetime:
        """Return when it was pushed."""
        return datetime.fromisoformat(self.pushed_at)

    def as_json(self) -> dict[str, str]:
        """Return the image for a plan."""
        return {"repository": self.repository, "tag": self.tag, "digest": self.digest, "pushed_at": self.pushed_at}


def repository(environment: Any, role: str) -> str:
    """Return the path of the environment's repository for the role (api or worker)."""
    return naming.repository(environment.prefix, environment.slug, role)


def url(image: dict[str, str], *, region: str, namespace: str) -> str:
    """Return the address under which a container instance pulls the image; OCI documents tags, not digests, there."""
    return f"ocir.{region}.oci.oraclecloud.com/{namespace}/{image['repository']}:{image['tag']}"


def listed(environment: Any, role: str) -> list[Image]:
    """Ask the registry for the images of a role, the newest first."""
    return read(door(environment.home_region), environment.ocid("compartment"), repository(environment, role))


def read(cloud: Door, compartment: str, name: str) -> list[Image]:
    """Return the usable images of one repository, the newest first."""
    found = cloud.pages("artifacts", "list_container_images", compartment, repository_name=name)
    usable = [item for item in found if item["lifecycleState"] == "AVAILABLE" and item.get("version")]
    images = [
        Image(item["repositoryName"], item["version"], item["digest"], str(item["timeCreated"]), item["id"]) for item in usable
    ]
    return sorted(images, key=lambda image: image.pushed_at, reverse=True)


def offered(environment: Any, role: str) -> list[Image]:
    """Return the newest images of a role with their sizes, for a person to choose from."""
    cloud, found = door(environment.home_region), listed(environment, role)[:SHOWN]
    with ThreadPoolExecutor(max_workers=8) as pool:
        sizes = pool.map(lambda image: _size(cloud, image.ocid), found)
    return [replace(image, size=size) for image, size in zip(found, sizes, strict=True)]


def _size(cloud: Door, ocid: str) -> int:
    """Return the bytes of an image; 0 when it was deleted while we asked."""
    try:
        return int(cloud.read("artifacts", "get_container_image", ocid).data.get("layersSizeInBytes") or 0)
    except NotFoundOrForbidden:
        return 0


def trouble(wanted: Mapping[str, Any], there: Sequence[Image]) -> tuple[str, str] | None:
    """Say why an image that was agreed to cannot run: gone, or its tag moved; None when all is well."""
    name = f"{wanted['repository']}:{wanted['tag']}"
    if not any(image.digest == wanted["digest"] for image in there):
        words = f"The image {name} ({wanted['digest'][:19]}…) is no longer there."
        return words, "Push it again, or request a release of an image that is there."
    moved = next((image for image in there if image.tag == wanted["tag"] and image.digest != wanted["digest"]), None)
    if moved:
        words = f"The tag {name} now names {moved.digest[:19]}…, not what was agreed to."
        return words, "Find out who pushed over the tag; then request a release of the image that is meant."
    return None


def find(environment: Any, role: str, digest: str) -> Image:
    """Return the image with this digest, or refuse by naming the images that are there."""
    images = listed(environment, role)
    for image in images:
        if image.digest == digest:
            _check_signed(environment, image)
            return image
    there = ", ".join(f"{image.tag} ({image.digest[:19]}…)" for image in images[:8]) or "no image at all"
    raise Invalid(
        f"{role} image: {digest[:80] or 'no digest'} is not in {repository(environment, role)}; there is {there}.",
        next_step="Push the image, or pick one that is there.",
        environment=environment.slug,
    )


def _check_signed(environment: Any, image: Image) -> None:
    terms = signing.terms(environment)
    words = signing.trouble(door(environment.home_region), environment.ocid("compartment"), image.as_json(), terms)
    if words:
        raise Invalid(words, next_step=signing.NEXT_STEP, environment=environment.slug)
