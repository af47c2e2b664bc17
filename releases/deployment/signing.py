"""Signatures of images by a Vault key, verified by Vault before the image runs."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from environments.models import Environment
from portal.cloud.client import CloudClient
from portal.cloud.errors import BadRequest, NotFoundOrForbidden
from releases.requests.plan import PlannedImage, SigningTerms

NEXT_STEP = (
    "Sign it (`oci artifacts container image-signature sign-upload`) with the environment's "
    "signing key, then try again."
)
ALGORITHMS = tuple(
    f"SHA_{bits}_RSA_PKCS_PSS" for bits in (224, 256, 384, 512)
)  # artifacts ContainerImageSignature


def terms(environment: Environment) -> SigningTerms | None:
    """Return whose signature an image needs in this environment; None when it needs none."""
    if not environment.setting("signed_images"):
        return None
    vault = environment.setting("signing_vault") or environment.ocid("vault")
    return SigningTerms(environment.setting("signing_key"), vault)


def find_problem(
    cloud: CloudClient, compartment: str, image: PlannedImage, wanted: SigningTerms | None
) -> str:
    """Say why an image does not count as signed; nothing when it does, or need not be."""
    if not wanted:
        return ""
    name = f"{image.name} ({image.digest[:19]}…)"
    asked = {
        "repository_name": image.repository,
        "image_digest": image.digest,
        "kms_key_id": wanted.key,
    }
    found = cloud.pages("artifacts", "list_container_image_signatures", compartment, **asked)
    usable = [one for one in found if one["lifecycleState"] == "AVAILABLE"]
    if not usable:
        return f"The image {name} has no signature by the key …{wanted.key[-12:]}."
    crypto = cloud.at(cloud.read("kms_vault", "get_vault", wanted.vault).data["cryptoEndpoint"])
    if any(_names_image(one, image) and _is_valid(crypto, one, wanted.key) for one in usable):
        return ""
    return (
        f"The image {name} has an invalid signature: of something else, or not by the key it names."
    )


def _names_image(signature: Mapping[str, Any], image: PlannedImage) -> bool:
    """Say whether the signed message names this image; Vault verifies any message."""
    try:
        message = json.loads(base64.b64decode(signature["message"], validate=True))
    except ValueError:
        return False
    same = ("imageDigest", image.digest), ("repositoryName", image.repository)
    return isinstance(message, dict) and all(message.get(name) == value for name, value in same)


def _is_valid(crypto: CloudClient, signature: Mapping[str, Any], key: str) -> bool:
    """Let Vault verify it, so that no public key has to be trusted here."""
    if signature["kmsKeyId"] != key or signature["signingAlgorithm"] not in ALGORITHMS:
        return False
    details = {
        "keyId": key,
        "keyVersionId": signature["kmsKeyVersionId"],
        "signingAlgorithm": signature["signingAlgorithm"],
        "message": signature["message"],
        "signature": signature["signature"],
        "messageType": "RAW",
    }
    try:
        return crypto.read("kms_crypto", "verify", details).data["isSignatureValid"] is True
    except (BadRequest, NotFoundOrForbidden):  # a version that is gone, a text that is no signature
        return False
