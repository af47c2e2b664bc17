"""Only who holds a known key gets in."""

import datetime
from email.utils import format_datetime

import oci
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.oci import signature
from tests.patience import patient


def _client(simulator, **changes):
    config = {**simulator.config, **changes}
    return oci.identity.IdentityClient(
        config, service_endpoint=simulator.endpoint, retry_strategy=oci.retry.NoneRetryStrategy()
    )


def _refused(client):
    with pytest.raises(oci.exceptions.ServiceError) as caught:
        client.list_regions()
    return caught.value.status, caught.value.code


def test_it_lets_the_seeded_user_in(simulator):
    assert _client(simulator).list_regions().status == 200


def test_it_refuses_an_unsigned_request(simulator):
    answer = requests.get(f"{simulator.endpoint}/20160918/regions", timeout=patient(5))
    assert (answer.status_code, answer.json()["code"]) == (401, "NotAuthenticated")
    assert answer.headers["opc-request-id"]


def test_it_refuses_a_foreign_key_under_a_known_name(simulator):
    forged = signature.private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    assert _refused(_client(simulator, key_content=forged)) == (401, "NotAuthenticated")


def test_it_refuses_an_unknown_fingerprint(simulator):
    assert _refused(_client(simulator, fingerprint=":".join(["00"] * 16))) == (
        401,
        "NotAuthenticated",
    )


def _signed(simulator, method="GET", path="/20160918/regions", body=None, **changes):
    config = simulator.config
    signer = oci.Signer(
        config["tenancy"],
        config["user"],
        config["fingerprint"],
        None,
        private_key_content=config["key_content"],
    )
    prepared = oci._vendor.requests.Request(
        method, simulator.endpoint + path, data=body, **changes
    ).prepare()
    return signer(prepared)


def _send(prepared):
    with oci._vendor.requests.Session() as session:
        return session.send(prepared, timeout=patient(5))


def test_it_refuses_a_date_more_than_five_minutes_off(simulator):
    late = format_datetime(
        datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=6), usegmt=True
    )
    answer = _send(_signed(simulator, headers={"date": late}))
    assert answer.status_code == 401 and "5 minutes" in answer.json()["message"]


def test_it_refuses_a_changed_path(simulator):
    prepared = _signed(simulator)
    prepared.url = prepared.url.replace("regions", "compartments")
    assert _send(prepared).status_code == 401


def test_it_refuses_a_body_that_is_not_the_signed_one(simulator):
    headers = {"content-type": "application/json"}
    prepared = _signed(
        simulator, "POST", "/20160918/compartments", b'{"name": "a"}', headers=headers
    )
    prepared.body = b'{"name": "b"}'
    answer = _send(prepared)
    assert answer.status_code == 401 and "digest" in answer.json()["message"]


def test_it_takes_the_token_of_a_resource_principal(simulator, clients):
    tenancy = simulator.tenancy["tenancy"]
    common = {"compartmentId": tenancy, "name": "containers", "description": "containers"}
    rule = "resource.type = 'computecontainerinstance'"
    clients.identity.create_dynamic_group({**common, "matchingRule": rule})
    said = ["Allow dynamic-group containers to inspect tenancies in tenancy"]
    clients.identity.create_policy({**common, "statements": said})
    given = simulator.control(
        "POST",
        "/tokens",
        {"subject": "ocid1.computecontainerinstance.oc1.iad.x", "type": "resource"},
    )
    key = oci.signer.load_private_key(given["key"], None)
    signer = oci.auth.signers.SecurityTokenSigner(given["token"], key)
    client = oci.identity.IdentityClient(
        {"region": "us-ashburn-1"}, signer=signer, service_endpoint=simulator.endpoint
    )
    assert client.list_regions().status == 200


def test_it_refuses_an_expired_or_foreign_token(simulator):
    given = simulator.control("POST", "/tokens", {"seconds": -1})
    key = oci.signer.load_private_key(given["key"], None)
    for token in (given["token"], given["token"][:-8] + "AAAAAAAA"):
        signer = oci.auth.signers.SecurityTokenSigner(token, key)
        client = oci.identity.IdentityClient(
            {"region": "us-ashburn-1"}, signer=signer, service_endpoint=simulator.endpoint
        )
        with pytest.raises(oci.exceptions.ServiceError) as caught:
            client.list_regions(retry_strategy=oci.retry.NoneRetryStrategy())
        assert caught.value.status == 401


def test_it_takes_a_key_that_was_uploaded_to_a_user(simulator, clients):
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    uploaded = clients.identity.upload_api_key(
        simulator.config["user"], {"key": signature.public_pem(pair)}
    ).data
    client = _client(
        simulator, key_content=signature.private_pem(pair), fingerprint=uploaded.fingerprint
    )
    assert client.list_regions().status == 200
