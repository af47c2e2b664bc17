"""Images of an environment that wants signatures: refused unsigned, at the request and again
when they are to run.
"""

import base64
import json
from types import SimpleNamespace

import pytest

from portal.cloud.client import client
from portal.jobs.definition import Stop
from portal.lib.refusal import Invalid
from releases.deployment import images, signing
from releases.deployment.steps import check_images
from tests.environments.site import Site as Place
from tests.releases.builders import provisioned

PSS = "SHA_256_RSA_PKCS_PSS"
KEYS = ("repository.api", "repository.worker", "vault")


def b64(value):
    return base64.b64encode(
        value if isinstance(value, bytes) else json.dumps(value).encode()
    ).decode()


class Signer:
    """A person with the signing key, who builds and signs."""

    def __init__(self, simulator, cast):
        self.simulator, self.cloud = simulator, client()
        place = Place(*KEYS, slug="dev", position=1)
        place.apply()
        self.compartment, vault = (place.results[key]["ocid"] for key in ("compartment", "vault"))
        described = self.cloud.read("kms_vault", "get_vault", vault).data
        self.crypto, self.keys = (
            self.cloud.at(described["cryptoEndpoint"]),
            self.cloud.at(described["managementEndpoint"]),
        )
        self.key, self.other = self.make_key("signing"), self.make_key("other")
        settings = {"signed_images": True, "signing_key": self.key["id"], "signing_vault": vault}
        self.environment = provisioned("dev", settings=settings, compartment_ocid=self.compartment)
        self.environment.resources.filter(key="compartment").update(ocid=self.compartment)

    def make_key(self, name):
        shape = {"algorithm": "RSA", "length": 256}
        body = {
            "compartmentId": self.compartment,
            "displayName": name,
            "keyShape": shape,
            "protectionMode": "SOFTWARE",
        }
        return self.keys.change("kms_management", "create_key", body).data

    def push(self, tag="1.4.0"):
        return self.simulator.push(images.repository(self.environment, "api"), tag)

    def sign(self, pushed, *, key=None, says=None, claims=None):
        """Sign an image; `says` is what the message says instead, `claims` the key that the
        signature names instead.
        """
        key = key or self.key
        repository = images.repository(self.environment, "api")
        message = b64(
            {"imageDigest": pushed["digest"], "repositoryName": repository, **(says or {})}
        )
        order = {
            "keyId": key["id"],
            "message": message,
            "messageType": "RAW",
            "signingAlgorithm": PSS,
        }
        made = self.crypto.change("kms_crypto", "sign", order).data
        details = {
            "compartmentId": self.compartment,
            "imageId": pushed["id"],
            "kmsKeyId": (claims or key)["id"],
        }
        details |= {
            "kmsKeyVersionId": (claims or key)["currentKeyVersion"],
            "signingAlgorithm": PSS,
        }
        details |= {"message": message, "signature": made["signature"]}
        return self.cloud.change("artifacts", "create_container_image_signature", details).data

    def find(self, pushed):
        return images.find(self.environment, "api", pushed["digest"])


@pytest.fixture
def signer(simulator, cast):
    return Signer(simulator, cast)


def test_a_signed_image_may_run_and_an_unsigned_one_may_not(signer):
    signed, unsigned = signer.push("1.4.0"), signer.push("1.5.0")
    signer.sign(signed)
    assert signer.find(signed).tag == "1.4.0"
    with pytest.raises(
        Invalid, match=r"conceptlens-dev/api:1\.5\.0 .* has no signature by the key"
    ) as caught:
        signer.find(unsigned)
    assert "sign-upload" in caught.value.next_step


def test_a_signature_counts_only_for_what_it_says_and_by_whom_it_is(signer):
    pushed = signer.push()
    signer.sign(pushed, key=signer.other)
    with pytest.raises(Invalid, match="has no signature by the key"):
        signer.find(pushed)
    signer.sign(pushed, says={"imageDigest": "sha256:" + "0" * 64})
    signer.sign(pushed, says={"repositoryName": "conceptlens-prod/api"})
    signer.sign(
        pushed, key=signer.other, claims=signer.key
    )  # made by another key, under this one's name
    with pytest.raises(Invalid, match="an invalid signature"):
        signer.find(pushed)
    signer.sign(pushed)
    assert signer.find(pushed)


def test_without_the_setting_nobody_asks(signer):
    signer.environment.settings = {}
    assert signing.terms(signer.environment) is None
    assert signer.find(signer.push())


def test_the_step_looks_again_before_anything_is_changed(signer):
    pushed = signer.push()
    signature = signer.sign(pushed)
    image = signer.find(pushed).planned().as_json()
    place = {"region": "us-ashburn-1", "compartment": signer.compartment}
    plan = {
        "place": place,
        "images": {"api": image},
        "signing": signing.terms(signer.environment).as_json(),
    }
    ctx = SimpleNamespace(spec={"plan": plan}, client=signer.cloud)
    assert check_images.check_images(ctx).result == {"api": pushed["digest"]}
    signer.cloud.change("artifacts", "delete_container_image_signature", signature["id"])
    with pytest.raises(Stop, match=r"has no signature .* Nothing was changed"):
        check_images.check_images(ctx)
    signer.cloud.change("artifacts", "delete_container_image", pushed["id"])
    with pytest.raises(Stop, match=r"no longer exists\. Nothing was changed"):
        check_images.check_images(ctx)
