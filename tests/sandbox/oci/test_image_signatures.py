"""Asymmetric keys really sign, and the registry keeps what somebody says is a signature."""

import base64
import json

import oci
import pytest

PSS = "SHA_256_RSA_PKCS_PSS"


def _b64(value):
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


@pytest.fixture
def vault(estate):
    return estate.vault()


@pytest.fixture
def crypto(estate, vault):
    return estate.clients.make(oci.key_management.KmsCryptoClient, vault.crypto_endpoint)


def _key(estate, vault, algorithm="RSA", length=256):
    details = {"compartmentId": estate.compartment, "displayName": algorithm.lower()}
    details["keyShape"] = {"algorithm": algorithm, "length": length}
    return estate.keys(vault).create_key({**details, "protectionMode": "SOFTWARE"}).data


@pytest.mark.parametrize(
    ("algorithm", "length", "signing"),
    [("RSA", 256, PSS), ("RSA", 256, "SHA_512_RSA_PKCS1_V1_5"), ("ECDSA", 32, "ECDSA_SHA_256")],
)
def test_a_key_signs_and_tells_whether_a_signature_holds(
    estate, vault, crypto, algorithm, length, signing
):
    key = _key(estate, vault, algorithm, length)
    body = {
        "keyId": key.id,
        "message": _b64("hello"),
        "messageType": "RAW",
        "signingAlgorithm": signing,
    }
    made = crypto.sign(body).data
    assert made.key_version_id == key.current_key_version
    asked = {**body, "signature": made.signature, "keyVersionId": made.key_version_id}
    assert crypto.verify(asked).data.is_signature_valid is True
    assert crypto.verify({**asked, "message": _b64("other")}).data.is_signature_valid is False
    assert crypto.verify({**asked, "signature": _b64(b"x" * 256)}).data.is_signature_valid is False
    public = estate.keys(vault).get_key_version(key.id, made.key_version_id).data.public_key
    assert public.startswith("-----BEGIN PUBLIC KEY-----")


def test_a_key_signs_only_in_its_own_way(estate, vault, crypto, refusal):
    body = {"message": _b64("hello"), "messageType": "RAW", "signingAlgorithm": PSS}
    assert refusal(crypto.sign, {**body, "keyId": _key(estate, vault, "AES", 32).id})[0] == 400
    assert refusal(crypto.sign, {**body, "keyId": _key(estate, vault, "ECDSA", 32).id})[0] == 400
    rsa = _key(estate, vault)
    assert refusal(crypto.sign, {**body, "keyId": rsa.id, "message": "not base64"})[0] == 400
    assert (
        refusal(
            crypto.verify, {**body, "keyId": rsa.id, "keyVersionId": "gone", "signature": _b64("x")}
        )[0]
        == 404
    )


def test_a_signature_of_an_image_is_kept_listed_and_deleted(
    estate, vault, crypto, simulator, refusal
):
    registry, key = estate.clients.registry, _key(estate, vault)
    registry.create_container_repository(
        {"compartmentId": estate.compartment, "displayName": "conceptlens-dev/api"}
    )
    pushed = simulator.push("conceptlens-dev/api", "1.4.0")
    message = _b64(json.dumps({"imageDigest": pushed["digest"]}))
    signed = crypto.sign({"keyId": key.id, "message": message, "signingAlgorithm": PSS}).data
    details = {
        "compartmentId": estate.compartment,
        "imageId": pushed["id"],
        "kmsKeyId": key.id,
        "message": message,
    }
    details |= {
        "kmsKeyVersionId": signed.key_version_id,
        "signature": signed.signature,
        "signingAlgorithm": PSS,
    }
    made = registry.create_container_image_signature(details).data
    assert made.lifecycle_state == "AVAILABLE" and "conceptlens-dev/api" in made.display_name

    def listed(**more):
        return [
            one.id
            for one in registry.list_container_image_signatures(
                estate.compartment, **more
            ).data.items
        ]

    assert listed(
        image_digest=pushed["digest"], repository_name="conceptlens-dev/api", kms_key_id=key.id
    ) == [made.id]
    assert listed(image_digest="sha256:" + "0" * 64) == [] and listed(kms_key_id="other") == []
    assert (
        refusal(registry.create_container_image_signature, {**details, "imageId": "ocid1.none"})[0]
        == 404
    )
    assert (
        refusal(registry.create_container_image_signature, {**details, "signature": "?"})[0] == 400
    )
    registry.delete_container_image_signature(made.id)
    states = [
        one.lifecycle_state
        for one in registry.list_container_image_signatures(estate.compartment).data.items
    ]
    assert states in ([], ["DELETED"])  # a deleted one can be read for a while
