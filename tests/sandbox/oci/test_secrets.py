"""Vaults, keys, secrets: stages, deletion dates, and that values stay where they belong."""

import base64
import datetime
import sqlite3

import oci
import pytest


def _b64(text):
    return base64.b64encode(text.encode()).decode()


def _content(text, **more):
    return {"contentType": "BASE64", "content": _b64(text), **more}


@pytest.fixture
def vault(estate):
    return estate.vault()


@pytest.fixture
def key(estate, vault):
    return estate.key(vault)


@pytest.fixture
def secret(estate, vault, key):
    def make(name="DATABASE_URL", **more):
        details = {
            "compartmentId": estate.compartment,
            "vaultId": vault.id,
            "keyId": key.id,
            "secretName": name,
        }
        return estate.clients.secrets.create_secret({**details, **more}).data

    return make


@pytest.fixture
def value(estate):
    def read(secret, **more):
        bundle = estate.clients.bundles.get_secret_bundle(secret.id, **more).data
        return base64.b64decode(bundle.secret_bundle_content.content).decode()

    return read


def _stages(estate, secret):
    versions = estate.clients.secrets.list_secret_versions(secret.id).data
    return {version.version_number: set(version.stages) for version in versions}


def test_a_vault_has_its_own_endpoints_and_keys_are_served_there_alone(estate, vault, key, refusal):
    assert vault.management_endpoint.startswith(estate.clients.simulator.endpoint + "/")
    assert [found.id for found in estate.keys(vault).list_keys(estate.compartment).data] == [key.id]
    other = estate.vault()
    assert refusal(estate.keys(other).get_key, key.id)[0] == 404
    elsewhere = estate.clients.make(
        oci.key_management.KmsManagementClient, estate.clients.simulator.endpoint
    )
    assert refusal(elsewhere.get_key, key.id)[0] == 404


def test_a_key_really_encrypts_and_old_versions_still_decrypt(estate, vault, key, refusal):
    crypto = estate.clients.make(oci.key_management.KmsCryptoClient, vault.crypto_endpoint)
    sealed = crypto.encrypt({"keyId": key.id, "plaintext": _b64("hello")}).data.ciphertext
    before = estate.keys(vault).get_key(key.id).data.current_key_version
    estate.keys(vault).create_key_version(key.id)
    assert estate.keys(vault).get_key(key.id).data.current_key_version != before
    assert crypto.decrypt({"keyId": key.id, "ciphertext": sealed}).data.plaintext == _b64("hello")
    estate.keys(vault).disable_key(key.id)
    assert refusal(crypto.decrypt, {"keyId": key.id, "ciphertext": sealed}) == (
        409,
        "IncorrectState",
    )


def test_a_generated_secret_has_a_value_that_only_the_bundle_tells(estate, secret, value):
    context = {
        "generationType": "PASSPHRASE",
        "generationTemplate": "SECRETS_DEFAULT_PASSWORD",
        "passphraseLength": 30,
    }
    made = secret(enableAutoGeneration=True, secretGenerationContext=context)
    assert made.is_auto_generation_enabled and made.current_version_number == 1
    assert len(value(made)) == 30
    templated = secret(
        "URL",
        enableAutoGeneration=True,
        secretGenerationContext={**context, "secretTemplate": "p:%GENERATED_PASSPHRASE%@h"},
    )
    assert (
        value(templated).startswith("p:")
        and value(templated).endswith("@h")
        and len(value(templated)) == 34
    )


def test_content_and_generation_exclude_each_other(secret, refusal):
    assert refusal(secret) == (400, "InvalidParameter")
    context = {"generationType": "PASSPHRASE", "generationTemplate": "SECRETS_DEFAULT_PASSWORD"}
    both = {
        "enableAutoGeneration": True,
        "secretGenerationContext": context,
        "secretContent": _content("x"),
    }
    assert refusal(secret, **both) == (400, "InvalidParameter")
    assert refusal(secret, secretContent=_content("x", stage="PENDING")) == (
        400,
        "InvalidParameter",
    )
    assert refusal(secret, secretContent={"contentType": "BASE64", "content": "not base64!"}) == (
        400,
        "InvalidParameter",
    )


def test_a_generated_secret_takes_content_once_generation_is_off(estate, secret, value, refusal):
    context = {"generationType": "PASSPHRASE", "generationTemplate": "SECRETS_DEFAULT_PASSWORD"}
    made = secret(enableAutoGeneration=True, secretGenerationContext=context)
    update = estate.clients.secrets.update_secret
    given = {"secretContent": _content("typed")}
    assert refusal(update, made.id, given) == (400, "InvalidParameter")
    assert refusal(update, made.id, {**given, "enableAutoGeneration": True})[0] == 400
    changed = update(made.id, {**given, "enableAutoGeneration": False}).data
    assert (changed.is_auto_generation_enabled, value(made)) == (False, "typed")
    versions = estate.clients.secrets.list_secret_versions(made.id).data
    assert [one.is_content_auto_generated for one in versions] == [False, True]


def test_stages_move_as_versions_come_and_are_promoted(estate, secret, value):
    made = secret(secretContent=_content("one"))
    update = estate.clients.secrets.update_secret
    assert _stages(estate, made) == {1: {"CURRENT", "LATEST"}}
    update(made.id, {"secretContent": _content("two")})
    assert _stages(estate, made) == {1: {"PREVIOUS"}, 2: {"CURRENT", "LATEST"}}
    update(made.id, {"secretContent": _content("three", stage="PENDING")})
    assert _stages(estate, made) == {1: {"PREVIOUS"}, 2: {"CURRENT"}, 3: {"PENDING", "LATEST"}}
    assert (value(made), value(made, stage="PENDING"), value(made, version_number=1)) == (
        "two",
        "three",
        "one",
    )
    update(made.id, {"currentVersionNumber": 3})
    assert _stages(estate, made) == {1: {"DEPRECATED"}, 2: {"PREVIOUS"}, 3: {"CURRENT", "LATEST"}}
    update(made.id, {"currentVersionNumber": 2})
    assert _stages(estate, made) == {1: {"DEPRECATED"}, 2: {"CURRENT"}, 3: {"PREVIOUS", "LATEST"}}
    assert value(made) == "two"


def test_content_number_and_rules_change_one_at_a_time(estate, secret, refusal):
    made = secret(secretContent=_content("one"))
    wrong = {"secretContent": _content("two"), "currentVersionNumber": 1}
    assert refusal(estate.clients.secrets.update_secret, made.id, wrong) == (
        400,
        "InvalidParameter",
    )
    assert (
        refusal(estate.clients.secrets.update_secret, made.id, {"currentVersionNumber": 7})[0]
        == 404
    )


def test_a_secrets_name_is_unique_in_its_vault_also_while_deletion_is_pending(
    estate, secret, refusal
):
    made = secret(secretContent=_content("one"))
    estate.clients.secrets.schedule_secret_deletion(made.id, {})
    assert refusal(secret, secretContent=_content("two")) == (409, "SecretAlreadyExists")
    assert [
        found.id
        for found in estate.clients.secrets.list_secrets(
            estate.compartment, name="DATABASE_URL"
        ).data
    ] == [made.id]


def test_a_secret_is_unreadable_from_its_scheduling_until_cancelled(estate, secret, value, refusal):
    made = secret(secretContent=_content("one"))
    secrets = estate.clients.secrets
    soon = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=2)).isoformat()
    assert refusal(secrets.schedule_secret_deletion, made.id, {"timeOfDeletion": soon}) == (
        400,
        "InvalidParameter",
    )
    secrets.schedule_secret_deletion(made.id, {})
    assert secrets.get_secret(made.id).data.lifecycle_state == "PENDING_DELETION"
    assert refusal(value, made)[0] == 404
    secrets.cancel_secret_deletion(made.id)
    assert secrets.get_secret(made.id).data.lifecycle_state == "ACTIVE" and value(made) == "one"


def test_a_vault_is_deleted_at_its_date_with_its_keys(estate, simulator, vault, key, refusal):
    week = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=7)).isoformat()
    assert estate.clients.vaults.schedule_vault_deletion(
        vault.id, {"timeOfDeletion": week}
    ).data.time_of_deletion
    assert estate.clients.vaults.get_vault(vault.id).data.lifecycle_state == "PENDING_DELETION"
    simulator.advance(7 * 86_400 + 1)
    assert estate.clients.vaults.get_vault(vault.id).data.lifecycle_state == "DELETED"


def test_only_a_deprecated_version_can_be_deleted(estate, secret, refusal):
    made = secret(secretContent=_content("1"))
    schedule = estate.clients.secrets.schedule_secret_version_deletion
    for text in ("2", "3"):
        estate.clients.secrets.update_secret(made.id, {"secretContent": _content(text)})
    assert refusal(schedule, made.id, 2, {}) == (409, "IncorrectState")
    schedule(made.id, 1, {})
    assert refusal(estate.clients.bundles.get_secret_bundle, made.id, version_number=1)[0] == 404


def test_a_value_is_nowhere_but_in_its_bundle(estate, simulator, simulator_process, secret, value):
    made = secret(secretContent=_content("Sesame-4711"))
    assert value(made) == "Sesame-4711"
    minute = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    events = estate.clients.audit.list_events(
        estate.compartment,
        minute - datetime.timedelta(minutes=2),
        minute + datetime.timedelta(minutes=2),
    ).data
    told = f"{events} {simulator.journal()} {estate.clients.secrets.get_secret(made.id).data}"
    assert "CreateSecret" in told
    kept = _everything_kept(simulator_process)
    for spelling in ("Sesame-4711", _b64("Sesame-4711")):
        assert spelling not in told and spelling not in kept


def _everything_kept(process):
    state = process.process.args[process.process.args.index("--state") + 1]
    with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as database:
        rows = [
            row
            for table in ("records", "log")
            for row in database.execute(f"SELECT * FROM {table}")
        ]
    database.close()
    return str(rows)


def test_a_secret_needs_a_symmetric_key_of_its_vault(estate, vault, secret, refusal):
    shape = {"algorithm": "RSA", "length": 256}
    rsa = (
        estate.keys(vault)
        .create_key({"compartmentId": estate.compartment, "displayName": "r", "keyShape": shape})
        .data
    )
    assert refusal(secret, keyId=rsa.id, secretContent=_content("x")) == (400, "InvalidParameter")
    foreign = estate.key(estate.vault())
    assert refusal(secret, keyId=foreign.id, secretContent=_content("x")) == (
        400,
        "InvalidParameter",
    )
