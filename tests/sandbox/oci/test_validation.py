"""Requests are checked against the SDK's own models."""

import base64
import json

import oci
import pytest
import requests

from sandbox.oci import engine as engine_module
from sandbox.oci import work_requests
from tests.patience import patient


def test_it_names_a_missing_field(estate, refusal):
    assert refusal(estate.clients.network.create_vcn, {"cidrBlocks": ["10.0.0.0/16"]}) == (
        400,
        "MissingParameter",
    )


def test_it_refuses_an_unknown_field_a_wrong_type_and_a_wrong_enum(estate, refusal):
    create, compartment = estate.clients.network.create_vcn, estate.compartment
    assert refusal(
        create, {"compartmentId": compartment, "cidrBlock": "10.0.0.0/16", "colour": "red"}
    ) == (
        400,
        "InvalidParameter",
    )
    assert refusal(create, {"compartmentId": compartment, "cidrBlocks": "10.0.0.0/16"}) == (
        400,
        "CannotParseRequest",
    )
    vault = {"compartmentId": compartment, "displayName": "v", "vaultType": "CHEAP"}
    assert refusal(estate.clients.vaults.create_vault, vault) == (400, "InvalidParameter")


def test_it_asks_a_subtype_for_what_only_its_base_requires(estate, refusal):
    vault = estate.vault()
    secret = {
        "compartmentId": estate.compartment,
        "vaultId": vault.id,
        "keyId": estate.key(vault).id,
        "secretName": "A",
    }
    content = {"content": base64.b64encode(b"x").decode()}
    assert refusal(estate.clients.secrets.create_secret, {**secret, "secretContent": content}) == (
        400,
        "MissingParameter",
    )
    template = {"generationType": "PASSPHRASE"}  # generationTemplate is required by the subtype
    wanted = {**secret, "enableAutoGeneration": True, "secretGenerationContext": template}
    assert refusal(estate.clients.secrets.create_secret, wanted) == (400, "MissingParameter")


def test_it_asks_for_a_required_query_parameter(estate, simulator):
    config = simulator.config
    signer = oci.Signer(
        config["tenancy"],
        config["user"],
        config["fingerprint"],
        None,
        private_key_content=config["key_content"],
    )
    answer = oci._vendor.requests.get(
        f"{simulator.endpoint}/20160918/vcns", auth=signer, timeout=patient(5)
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "MissingParameter")


def test_it_answers_501_to_what_it_does_not_simulate(estate, simulator, refusal):
    assert refusal(estate.clients.network.list_drgs, estate.compartment) == (
        501,
        "MethodNotImplemented",
    )
    assert (
        requests.get(f"{simulator.endpoint}/20990101/nothing", timeout=patient(5)).status_code
        == 501
    )


def test_a_bug_of_the_simulator_answers_501_with_a_traceback(monkeypatch, capfd):
    from sandbox.oci import gate
    from sandbox.oci.engine import Engine
    from sandbox.oci.exchange import Request

    engine = Engine(scale=0)
    monkeypatch.setattr(engine.router, "match", lambda *_: 1 / 0)
    response = gate.answer(engine, Request("GET", "/20160918/regions", {}))
    engine.close()
    assert response.status == 501 and json.loads(response.content)["code"] == "MethodNotImplemented"
    assert "ZeroDivisionError" in capfd.readouterr().err


@pytest.fixture(scope="module")
def bare_engine():
    engine = engine_module.Engine(scale=0)
    yield engine
    engine.close()


def test_every_operation_it_serves_is_one_of_the_sdk(bare_engine):
    assert set(bare_engine.handlers) <= set(bare_engine.operations)


def test_every_kind_is_a_model_of_the_sdk_with_its_states(bare_engine):
    for key, kind in bare_engine.kinds.items():
        if key == work_requests.KEY or key == "object_storage.Object":
            continue
        model = bare_engine.shapes.model(key.partition(".")[0], kind.name)
        assert model, key
        states = (
            set(model.fields[kind.state_field].enum) if kind.state_field in model.fields else set()
        )
        used = {kind.life.start, kind.life.ready, kind.life.changing, kind.life.ending} - {""}
        used |= (
            {kind.life.gone} - {""} if kind.life.linger else set()
        )  # without lingering, nobody sees that state
        assert not states or used <= states, key


def test_every_reference_names_a_kind_that_is_simulated(bare_engine):
    assert set(bare_engine.referrers) <= set(bare_engine.kinds)
