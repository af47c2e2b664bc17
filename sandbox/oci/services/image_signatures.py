"""Signatures of container images: kept as they are uploaded, for the registry verifies none of
them.
"""

from __future__ import annotations

import base64

from sandbox.oci import errors, verbs
from sandbox.oci.call import Call
from sandbox.oci.service import Kind, Life
from sandbox.oci.store import Record

IMAGE, SIGNATURE = "artifacts.ContainerImage", "artifacts.ContainerImageSignature"


def list_signatures(call: Call) -> list[Record]:
    """The signatures of a compartment, of one image or repository when these are named."""
    wanted = {
        name: call.query.pop(name, "") for name in ("repositoryId", "repositoryName", "imageDigest")
    }
    images = {image.id: image.body for image in call.engine.store.all(IMAGE)}
    return [
        one for one in verbs.list_all(call) if _is_of(images.get(one.body["imageId"], {}), wanted)
    ]


def _is_of(image: dict[str, object], wanted: dict[str, str]) -> bool:
    fields = {
        "repositoryId": "repositoryId",
        "repositoryName": "repositoryName",
        "imageDigest": "digest",
    }
    return all(not value or image.get(fields[name]) == value for name, value in wanted.items())


def _created(call: Call, record: Record) -> None:
    body = record.body
    image = call.find("ContainerImage", body["imageId"])
    for name in ("message", "signature"):
        try:
            base64.b64decode(body[name], validate=True)
        except ValueError as error:
            raise errors.invalid(f"{name} must be base64.") from error
    body |= {"createdBy": call.caller.id, "compartmentId": image.body["compartmentId"]}
    body["displayName"] = f"{image.body['repositoryName']}@{image.body['digest']}::{record.id[-8:]}"


KIND = Kind(
    name="ContainerImageSignature",
    word="containerimagesignature",
    life=Life(start="", ready="AVAILABLE", ending="DELETING", gone="DELETED", delete=0.2),
    defaults={"systemTags": {}},
    filters={"imageId": lambda record, value: record.body["imageId"] == value},
    before_create=_created,
)
