"""The images that really are in an environment's repositories."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from environments import naming
from environments.models import Environment
from portal.audit.verbs import Verb
from portal.cloud.client import CloudClient, client
from portal.cloud.errors import NotFoundOrForbidden
from portal.lib.act import Act
from portal.lib.refusal import Invalid
from releases.deployment import signing
from releases.requests.plan import PlannedImage

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

    def planned(self) -> PlannedImage:
        """Return the image for a plan."""
        return PlannedImage(self.tag, self.digest, self.repository, self.pushed_at)


def repository(environment: Environment, role: str) -> str:
    """Return the path of the environment's repository for the role (api or worker)."""
    return naming.repository(environment.prefix, environment.slug, role)


def url(image: PlannedImage, *, region: str, namespace: str) -> str:
    """Return the address that a container instance pulls from: OCI takes tags, not digests."""
    return f"ocir.{region}.oci.oraclecloud.com/{namespace}/{image.name}"


def listed(environment: Environment, role: str) -> list[Image]:
    """Ask the registry for the images of a role, the newest first."""
    return read(
        client(environment.home_region),
        environment.ocid("compartment"),
        repository(environment, role),
    )


def read(cloud: CloudClient, compartment: str, name: str) -> list[Image]:
    """Return the usable images of one repository, the newest first."""
    found = cloud.pages("artifacts", "list_container_images", compartment, repository_name=name)
    usable = [
        item for item in found if item["lifecycleState"] == "AVAILABLE" and item.get("version")
    ]
    images = [
        Image(
            item["repositoryName"],
            item["version"],
            item["digest"],
            str(item["timeCreated"]),
            item["id"],
        )
        for item in usable
    ]
    return sorted(images, key=lambda image: image.pushed_at, reverse=True)


def offered(environment: Environment, role: str) -> list[Image]:
    """Return the newest images of a role with their sizes, for a person to choose from."""
    cloud, found = client(environment.home_region), listed(environment, role)[:SHOWN]
    with ThreadPoolExecutor(max_workers=8) as pool:
        sizes = pool.map(lambda image: _size(cloud, image.ocid), found)
    return [replace(image, size=size) for image, size in zip(found, sizes, strict=True)]


def _size(cloud: CloudClient, ocid: str) -> int:
    """Return the bytes of an image; 0 when it was deleted while we asked."""
    try:
        return int(
            cloud.read("artifacts", "get_container_image", ocid).data.get("layersSizeInBytes") or 0
        )
    except NotFoundOrForbidden:
        return 0


def find_problem(wanted: PlannedImage, there: Sequence[Image]) -> tuple[str, str] | None:
    """Say why an approved image cannot run, and what to do; None when it can."""
    if not any(image.digest == wanted.digest for image in there):
        words = f"The image {wanted.name} ({wanted.digest[:19]}…) no longer exists."
        return words, "Push it again, or request a release of an existing image."
    moved = next(
        (image for image in there if image.tag == wanted.tag and image.digest != wanted.digest),
        None,
    )
    if moved:
        words = f"The tag {wanted.name} now names {moved.digest[:19]}…, not what was approved."
        return words, "Find out who pushed over the tag; then request a release of the right image."
    return None


def find(environment: Environment, role: str, digest: str) -> Image:
    """Return the image with this digest, or refuse by naming the images that are there."""
    images = listed(environment, role)
    for image in images:
        if image.digest == digest:
            _check_signed(environment, image)
            return image
    there = (
        ", ".join(f"{image.tag} ({image.digest[:19]}…)" for image in images[:8])
        or "no image at all"
    )
    raise Invalid(
        f"{role} image: {digest[:80] or 'no digest'} is not in {repository(environment, role)}; "
        f"there is {there}.",
        next_step="Push the image, or pick one that is there.",
        act=_request(environment),
    )


def _check_signed(environment: Environment, image: Image) -> None:
    cloud, compartment = client(environment.home_region), environment.ocid("compartment")
    terms = signing.terms(environment)
    problem = signing.find_problem(cloud, compartment, image.planned(), terms)
    if problem:
        raise Invalid(problem, next_step=signing.NEXT_STEP, act=_request(environment))


def _request(environment: Environment) -> Act:
    return environment.act(Verb.RELEASE_REQUESTED)
