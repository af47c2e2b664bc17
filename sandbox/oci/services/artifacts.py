"""Container registry: repositories, their images, and the push that stands for `docker push`."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sandbox.oci import errors, verbs
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Answer
from sandbox.oci.service import Body, Kind, Life, Service
from sandbox.oci.services import image_signatures
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, NAMESPACE, REGIONS

REPOSITORY, IMAGE = "artifacts.ContainerRepository", "artifacts.ContainerImage"
BEHAVIOURS = ("healthy", "errors", "slow", "crash", "unhealthy", "hang", "oneway", "failmigration")
MIB = 1024 * 1024
_PATH = re.compile(r"^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$")
_TAG = re.compile(r"^\w[\w.-]{0,127}$")
_URI = re.compile(
    r"^(?P<host>[^/]+)/(?P<namespace>[^/]+)/(?P<name>[^:@]+)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
HOSTS = {f"ocir.{HOME}.oci.oraclecloud.com", f"{REGIONS[HOME].lower()}.ocir.io"}


def image_at(engine: Engine, uri: str) -> Record | None:
    """Return the image that `<registry>/<namespace>/<repository>:<tag>` (or `@<digest>`) names."""
    found = _URI.match(uri)
    if not found or found["host"] not in HOSTS or found["namespace"] != NAMESPACE:
        return None
    images = [
        image
        for image in engine.store.living(IMAGE)
        if image.body["repositoryName"] == found["name"]
    ]
    if found["digest"]:
        return next((image for image in images if image.body["digest"] == found["digest"]), None)
    return next((image for image in images if (found["tag"] or "latest") in _tags(image)), None)


def push(engine: Engine, payload: Body) -> Body:
    """Register an image as a push does: one content has one digest in whatever environment's
    repository it stands.
    """
    repository, behaviour = payload["repository"], payload.get("behaviour", "healthy")
    tag = payload["tag"]
    if not _PATH.match(repository) or not _TAG.match(tag) or behaviour not in BEHAVIOURS:
        raise errors.invalid(
            f"A push has a repository, a tag, and a behaviour of {', '.join(BEHAVIOURS)}."
        )
    digest = (
        "sha256:"
        + hashlib.sha256(f"{repository.rpartition('/')[2]}:{tag}:{behaviour}".encode()).hexdigest()
    )
    with engine.transaction():
        owner = _repository(engine, repository)
        image = _place(engine, owner, tag, digest)
        image.hidden["behaviour"] = (
            behaviour  # what a container of this image does, also when it is named by digest
        )
        engine.store.put(image)
        owner.body["timeLastPushed"] = engine.wire_now()
        engine.store.put(owner)
    uri = f"ocir.{HOME}.oci.oraclecloud.com/{NAMESPACE}/{repository}"
    return {
        "digest": digest,
        "image": f"{uri}:{tag}",
        "by_digest": f"{uri}@{digest}",
        "tag": tag,
        "id": image.id,
    }


def _repository(engine: Engine, name: str) -> Record:
    """Return a repository; one that does not exist is made in the root compartment, as OCI does at
    a first push.
    """
    found = next(
        (
            record
            for record in engine.store.living(REPOSITORY)
            if record.body["displayName"] == name
        ),
        None,
    )
    if found:
        return found
    body = {
        "displayName": name,
        "compartmentId": engine.tenancy,
        "createdBy": engine.seed.users[0]["ocid"],
        "namespace": NAMESPACE,
    }
    return engine.store.put(engine.new_record(REPOSITORY, {**_SWITCHES, **body}))


def _place(engine: Engine, repository: Record, tag: str, digest: str) -> Record:
    """Give the tag to the image of the digest, taking it from the image that had it."""
    images = [
        image for image in engine.store.living(IMAGE) if image.body["repositoryId"] == repository.id
    ]
    holder = next((image for image in images if tag in _tags(image)), None)
    if holder and holder.body["digest"] == digest:
        return holder
    if holder and repository.body["isImmutable"]:
        raise errors.conflict(f"The repository is immutable and has {tag}.", "ImmutableRepository")
    if holder:
        _drop_tag(engine, holder, tag)
    image = next((image for image in images if image.body["digest"] == digest), None) or _new_image(
        engine, repository, digest
    )
    moment = {
        "version": tag,
        "timeCreated": engine.wire_now(),
        "createdBy": image.body["createdBy"],
    }
    image.body["versions"] = [moment, *image.body["versions"]]
    image.body |= {"version": tag, "displayName": f"{repository.body['displayName']}:{tag}"}
    return engine.store.put(image)


def _new_image(engine: Engine, repository: Record, digest: str) -> Record:
    layers = [
        {"digest": digest[:-1] + mark, "sizeInBytes": 12 * MIB, "timeCreated": engine.wire_now()}
        for mark in "ab"
    ]
    body = {
        "compartmentId": repository.body["compartmentId"],
        "repositoryId": repository.id,
        "repositoryName": repository.body["displayName"],
        "createdBy": repository.body["createdBy"],
        "digest": digest,
        "layers": layers,
        "layersSizeInBytes": 24 * MIB,
        "manifestSizeInBytes": 1024,
        "pullCount": 0,
        "versions": [],
    }
    return engine.new_record(IMAGE, body)


def _drop_tag(engine: Engine, image: Record, tag: str) -> None:
    image.body["versions"] = [
        version for version in image.body["versions"] if version["version"] != tag
    ]
    left = _tags(image)
    image.body["displayName"] = (
        f"{image.body['repositoryName']}:{left[0] if left else 'unknown@' + image.body['digest']}"
    )
    image.body.pop("version", None)
    if left:
        image.body["version"] = left[0]
    engine.store.put(image)


def _tags(image: Record) -> list[str]:
    return [version["version"] for version in image.body["versions"]]


def list_container_repositories(call: Call) -> Answer:
    """The repositories of a compartment."""
    found = verbs.list_all(call)
    answer = call.page(found)
    shown = [call.engine.show(record) for record in found]
    totals = {
        name: sum(body[name] for body in shown)
        for name in ("imageCount", "layerCount", "layersSizeInBytes")
    }
    answer.value |= {**totals, "repositoryCount": len(found), "remainingItemsCount": 0}
    return answer


def list_container_images(call: Call) -> Answer:
    """The images of a compartment; a version finds the image that has it."""
    version = call.query.pop("version", None)
    found = [image for image in verbs.list_all(call) if version is None or version in _tags(image)]
    answer = call.page(found)
    answer.value["remainingItemsCount"] = 0
    return answer


def lookup_container_image_by_uri(call: Call) -> Record:
    """The image that a URI names."""
    found = image_at(call.engine, call.body["imageUri"])
    if found is None:
        raise errors.not_found("container image")
    return found


def remove_container_version(call: Call) -> Record:
    """Take a tag from an image."""
    image = call.target("ContainerImage")
    if call.body["version"] not in _tags(image):
        raise errors.not_found("version")
    _drop_tag(call.engine, image, call.body["version"])
    return call.target("ContainerImage")


def move_repository(call: Call) -> None:
    """Move a repository to another compartment, with its images."""
    verbs.change_compartment(call)
    repository = call.target("ContainerRepository")
    for image in call.records("ContainerImage", repositoryId=repository.id):
        image.body["compartmentId"] = repository.body["compartmentId"]
        call.save(image)


def get_container_configuration(call: Call) -> Body:
    """The registry of the tenancy."""
    return {"namespace": NAMESPACE, "isRepositoryCreatedOnFirstPush": True}


def _repository_created(call: Call, record: Record) -> None:
    if not _PATH.match(record.body["displayName"]):
        raise errors.invalid(
            "A repository's name is lower case words, joined by period, hyphen, underscore and"
            " slash."
        )
    record.body |= {"createdBy": call.caller.id, "namespace": NAMESPACE}


def _repository_deleted(call: Call, record: Record) -> None:
    for image in call.records("ContainerImage", repositoryId=record.id):
        call.retire(image)


def _contents(engine: Engine, record: Record) -> Body:
    images = [
        image for image in engine.store.living(IMAGE) if image.body["repositoryId"] == record.id
    ]
    size = sum(image.body["layersSizeInBytes"] for image in images)
    layers = sum(len(image.body["layers"]) for image in images)
    return {
        "imageCount": len(images),
        "layerCount": layers,
        "layersSizeInBytes": size,
        "billableSizeInGBs": size >> 30,
    }


_SWITCHES: dict[str, Any] = {"isImmutable": False, "isPublic": False, "systemTags": {}}
_LIFE = Life(start="", ready="AVAILABLE", ending="DELETING", gone="DELETED", delete=0.5)

SERVICE = Service(
    name="artifacts",
    clients=("ArtifactsClient",),
    kinds=(
        Kind(
            name="ContainerRepository",
            word="containerrepo",
            plural="container_repositories",
            life=_LIFE,
            unique=("displayName",),
            taken="NAMESPACE_CONFLICT",
            defaults=_SWITCHES,
            filters={"repositoryId": lambda record, value: record.id == value},
            before_create=_repository_created,
            before_delete=_repository_deleted,
            present=_contents,
        ),
        Kind(
            name="ContainerImage",
            word="containerimage",
            life=_LIFE,
            defaults={"systemTags": {}},
            filters={
                "imageId": lambda record, value: record.id == value,
                "imageDigest": lambda record, value: record.body["digest"] == value,
                "isVersioned": lambda record, value: (
                    bool(record.body["versions"]) == (value == "true")
                ),
            },
        ),
        image_signatures.KIND,
    ),
    operations={
        "list_container_repositories": list_container_repositories,
        "list_container_images": list_container_images,
        "change_container_repository_compartment": move_repository,
        "lookup_container_image_by_uri": lookup_container_image_by_uri,
        "remove_container_version": remove_container_version,
        "get_container_configuration": get_container_configuration,
        "list_container_image_signatures": image_signatures.list_signatures,
    },
    control={"POST /images": push},
)
