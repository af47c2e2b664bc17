"""Vaults, and at each vault's own endpoint its keys, which really encrypt."""

from __future__ import annotations

import base64
import os
import zlib
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.oci import errors, verbs
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.service import Body, Kind, Life, Service
from sandbox.oci.services import key_signing, scheduled_deletion, vault_endpoints
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, ocid

_LENGTHS = {"AES": (16, 24, 32), "RSA": (256, 384, 512), "ECDSA": (32, 48, 66)}
_NONCE = 12


def seal(engine: Engine, key: str, content: bytes) -> Body:
    """Encrypt with the current version of an enabled key."""
    record = usable_key(engine, key)
    version, nonce = record.body["currentKeyVersion"], os.urandom(_NONCE)
    sealed = nonce + AESGCM(_material(record, version)).encrypt(nonce, content, None)
    return {"keyVersion": version, "sealed": base64.b64encode(sealed).decode()}


def unseal(engine: Engine, key: str, sealed: Body) -> bytes:
    """Decrypt what `seal` made, while the key and its vault are in use."""
    raw = base64.b64decode(sealed["sealed"])
    try:
        return AESGCM(_material(usable_key(engine, key), sealed["keyVersion"])).decrypt(
            raw[:_NONCE], raw[_NONCE:], None
        )
    except InvalidTag as error:
        raise errors.invalid("The ciphertext was not made with this key.") from error


def usable_key(engine: Engine, key: str) -> Record:
    """Return an enabled key of an active vault."""
    record = engine.store.get("key_management.Key", key)
    if record is None or record.gone:
        raise errors.not_found(f"key {key}")
    vault = engine.store.get("key_management.Vault", record.body["vaultId"])
    if (
        record.body["lifecycleState"] != "ENABLED"
        or vault is None
        or vault.body["lifecycleState"] != "ACTIVE"
    ):
        raise errors.incorrect_state(
            f"The key {key} or its vault is not in use ({record.body['lifecycleState']})."
        )
    return record


def _material(key: Record, version: str) -> bytes:
    if version not in key.hidden["material"]:
        raise errors.not_found(f"key version {version}")
    return base64.b64decode(key.hidden["material"][version])


def _vault(call: Call) -> Record:
    """Return the vault whose endpoint was called; keys are served nowhere else."""
    if not call.at:
        raise errors.not_found(
            "keys are served at the managementEndpoint and cryptoEndpoint of their vault"
        )
    return call.find("Vault", call.at)


def _key(call: Call, ocid: str = "") -> Record:
    """Return a key of the vault whose endpoint was called."""
    vault = _vault(call)
    key = call.find("Key", ocid) if ocid else call.target("Key")
    if key.body["vaultId"] != vault.id:
        raise errors.not_found(f"key {key.id}")
    return key


def _vault_created(call: Call, record: Record) -> None:
    if record.body["vaultType"] == "EXTERNAL":
        raise errors.not_implemented("External vaults are not simulated.")
    record.body |= {
        "wrappingkeyId": ocid("key", HOME),
        "isPrimary": True,
        "isVaultReplicable": False,
    }
    vault_endpoints.reserve(call, record)


def _vault_endpoints(engine: Engine, record: Record) -> Body:
    endpoint = vault_endpoints.address_of(engine, record)
    return {"managementEndpoint": endpoint, "cryptoEndpoint": endpoint}


def _vault_deleted(engine: Engine, record: Record) -> None:
    for key in engine.store.living("key_management.Key"):
        if key.body["vaultId"] == record.id:
            engine.retire(key)


def _key_created(call: Call, record: Record) -> None:
    vault, shape = _vault(call), record.body["keyShape"]
    if vault.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"The vault {vault.id} is {vault.body['lifecycleState']}.")
    if shape["length"] not in _LENGTHS[shape["algorithm"]]:
        raise errors.invalid(
            f"The length of a {shape['algorithm']} key is one of {_LENGTHS[shape['algorithm']]}"
            " bytes."
        )
    if record.body["protectionMode"] == "EXTERNAL":
        raise errors.not_implemented("External keys are not simulated.")
    record.body |= {"vaultId": vault.id, "isPrimary": True, "isAutoRotationEnabled": False}
    record.hidden["material"] = {}
    _new_version(call, record)


def _new_version(call: Call, key: Record) -> Record:
    body = {
        "keyId": key.id,
        "vaultId": key.body["vaultId"],
        "compartmentId": key.body["compartmentId"],
        "origin": "INTERNAL",
    }
    version = call.create("KeyVersion", {**body, "isPrimary": True, "isAutoRotated": False})
    shape = key.body["keyShape"]
    material = os.urandom(shape["length"])
    if shape["algorithm"] != "AES":
        material, version.body["publicKey"] = key_signing.new_pair(shape)
        version = call.save(version)
    key.hidden["material"][version.id] = base64.b64encode(material).decode()
    key.body["currentKeyVersion"] = version.id
    return version


def get_key(call: Call) -> Record:
    """One key."""
    return _key(call)


def list_keys(call: Call) -> list[Record]:
    """The keys of the vault."""
    vault, shape = (
        _vault(call),
        {
            name: call.query.pop(name)
            for name in ("algorithm", "length", "curveId")
            if name in call.query
        },
    )
    found = [key for key in verbs.list_all(call) if key.body["vaultId"] == vault.id]
    return [
        key
        for key in found
        if all(str(key.body["keyShape"].get(name)) == value for name, value in shape.items())
    ]


def update_key(call: Call) -> Record:
    """Change names and tags of a key."""
    _key(call)
    return verbs.update(call)


def create_key_version(call: Call) -> Record:
    """Rotate a key."""
    key = usable_key(call.engine, _key(call).id)
    version = _new_version(call, key)
    call.subject = call.save(key)
    return version


def list_key_versions(call: Call) -> list[Record]:
    """The versions of a key."""
    return call.records("KeyVersion", keyId=_key(call).id)


def get_key_version(call: Call) -> Record:
    """One version of a key."""
    version = call.find("KeyVersion", call.path["keyVersionId"])
    if version.body["keyId"] != _key(call).id:
        raise errors.not_found(f"key version {version.id}")
    return version


def enable_key(call: Call) -> Record:
    """Put a disabled key to use."""
    return _switch(call, "DISABLED", "ENABLING", "ENABLED")


def disable_key(call: Call) -> Record:
    """Take a key out of use: what it encrypted cannot be read."""
    return _switch(call, "ENABLED", "DISABLING", "DISABLED")


def _switch(call: Call, before: str, between: str, after: str) -> Record:
    key = _key(call)
    if key.body["lifecycleState"] != before:
        raise errors.incorrect_state(f"The key {key.id} is {key.body['lifecycleState']}.")
    key.body["lifecycleState"] = between
    return call.engine.schedule(key, 0.3, {"lifecycleState": after})


def schedule_key_deletion(call: Call) -> Record:
    """Delete a key in 7 to 30 days."""
    return scheduled_deletion.schedule(
        call, _key(call), shortest=7, allowed=("ENABLED", "DISABLED")
    )


def cancel_key_deletion(call: Call) -> Record:
    """Keep a key after all."""
    return scheduled_deletion.cancel(call, _key(call))


def schedule_vault_deletion(call: Call) -> Record:
    """Delete a vault with its keys in 7 to 30 days."""
    return scheduled_deletion.schedule(call, call.target("Vault"), shortest=7, allowed=("ACTIVE",))


def cancel_vault_deletion(call: Call) -> Record:
    """Keep a vault after all."""
    return scheduled_deletion.cancel(call, call.target("Vault"))


def encrypt(call: Call) -> Body:
    """Encrypt up to 4096 bytes."""
    key = _symmetric(call)
    plain = _decoded(call.body["plaintext"], "plaintext")
    if len(plain) > 4096:
        raise errors.invalid("plaintext has at most 4096 bytes.")
    sealed = seal(call.engine, key.id, plain)
    packed = f"{sealed['keyVersion']} {sealed['sealed']}"
    return {
        "ciphertext": base64.b64encode(packed.encode()).decode(),
        **_told(key, sealed["keyVersion"]),
    }


def decrypt(call: Call) -> Body:
    """Decrypt what `encrypt` gave."""
    key = _symmetric(call)
    version, _, sealed = (
        _decoded(call.body["ciphertext"], "ciphertext").decode(errors="replace").partition(" ")
    )
    plain = unseal(call.engine, key.id, {"keyVersion": version, "sealed": sealed})
    checksum = str(zlib.crc32(plain))
    return {
        "plaintext": base64.b64encode(plain).decode(),
        "plaintextChecksum": checksum,
        **_told(key, version),
    }


def sign(call: Call) -> Body:
    """Sign with an asymmetric key, by its current version unless one is named."""
    key, version = _asymmetric(call)
    signature = key_signing.sign(_material(key, version), call.body)
    return {
        "keyId": key.id,
        "keyVersionId": version,
        "signature": signature,
        "signingAlgorithm": call.body["signingAlgorithm"],
    }


def verify(call: Call) -> Body:
    """Say whether a signature holds."""
    key, version = _asymmetric(call)
    return {"isSignatureValid": key_signing.verify(_material(key, version), call.body)}


def _asymmetric(call: Call) -> tuple[Record, str]:
    key = usable_key(call.engine, _key(call, call.body["keyId"]).id)
    if key.body["keyShape"]["algorithm"] == "AES":
        raise errors.invalid(f"The key {key.id} is symmetric: it signs nothing.")
    return key, call.body.get("keyVersionId") or key.body["currentKeyVersion"]


def _symmetric(call: Call) -> Record:
    key = _key(call, call.body["keyId"])
    if key.body["keyShape"]["algorithm"] != "AES":
        raise errors.not_implemented("Encryption with asymmetric keys is not simulated.")
    return key


def _told(key: Record, version: str) -> Body:
    return {"keyId": key.id, "keyVersionId": version, "encryptionAlgorithm": "AES_256_GCM"}


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise errors.invalid(f"{name} must be base64.") from error


_RESTING: dict[str, Any] = {
    "start": "CREATING",
    "ending": "DELETING",
    "gone": "DELETED",
    "delete": 0.3,
}

KINDS = (
    Kind(
        name="Vault",
        word="vault",
        life=Life(ready="ACTIVE", create=2.0, **_RESTING),
        before_create=_vault_created,
        on={"DELETED": _vault_deleted},
        present=_vault_endpoints,
    ),
    Kind(
        name="Key",
        word="key",
        life=Life(ready="ENABLED", create=0.8, resting=("DISABLED",), **_RESTING),
        references={"vaultId": "Vault"},
        defaults={"protectionMode": "HSM"},
        before_create=_key_created,
    ),
    Kind(name="KeyVersion", word="keyversion", life=Life(ready="ENABLED", create=0.3, **_RESTING)),
)

SERVICE = Service(
    name="key_management",
    clients=("KmsVaultClient", "KmsManagementClient", "KmsCryptoClient"),
    kinds=KINDS,
    operations={
        "get_key": get_key,
        "list_keys": list_keys,
        "update_key": update_key,
        "create_key_version": create_key_version,
        "list_key_versions": list_key_versions,
        "get_key_version": get_key_version,
        "enable_key": enable_key,
        "disable_key": disable_key,
        "schedule_key_deletion": schedule_key_deletion,
        "cancel_key_deletion": cancel_key_deletion,
        "schedule_vault_deletion": schedule_vault_deletion,
        "cancel_vault_deletion": cancel_vault_deletion,
        "encrypt": encrypt,
        "decrypt": decrypt,
        "sign": sign,
        "verify": verify,
    },
    start=vault_endpoints.open_all,
    stop=vault_endpoints.close_all,
)
