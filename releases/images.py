"""The images that really are in an environment's repositories."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from environments import naming
from portal.cloud.door import Door, door
from portal.lib.refusal import Invalid

ROLES = naming.REPOSITORIES
NAMES = {"api": "API", "worker": "worker"}


@dataclass(frozen=True)
class Image:
    """One image as the registry lists it."""

    repository: str
    tag: str
    digest: str
    pushed_at: str

    @property
    def pushed(self) -> datetime:
        """Return when it was pushed."""
        return datetime.fromisoformat(self.pushed_at)

    def as_json(self) -> dict[str, str]:
        """Return the image for a plan."""
        return asdict(self)


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
    images = [Image(item["repositoryName"], item["version"], item["digest"], str(item["timeCreated"])) for item in usable]
    return sorted(images, key=lambda image: image.pushed_at, reverse=True)


def find(environment: Any, role: str, digest: str) -> Image:
    """Return the image with this digest, or refuse by naming the images that are there."""
    images = listed(environment, role)
    for image in images:
        if image.digest == digest:
            return image
    there = ", ".join(f"{image.tag} ({image.digest[:19]}…)" for image in images[:8]) or "no image at all"
    raise Invalid(
        f"{role} image: {digest[:80] or 'no digest'} is not in {repository(environment, role)}; there is {there}.",
        next_step="Push the image, or pick one that is there.",
        environment=environment.slug,
    )
