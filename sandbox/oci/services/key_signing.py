"""Signing with the asymmetric keys of a vault, and telling whether a signature holds."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from sandbox.oci import errors
from sandbox.oci.service import Body

_HASHES: dict[str, Any] = {
    "224": hashes.SHA224,
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "NIST_P256": ec.SECP256R1,
    "NIST_P384": ec.SECP384R1,
    "NIST_P521": ec.SECP521R1,
}
_BY_LENGTH = {32: "NIST_P256", 48: "NIST_P384", 66: "NIST_P521"}
MOST_BYTES = 4096


def new_pair(shape: Body) -> tuple[bytes, str]:
    """Return the private half (PEM) that stays, and the public one (PEM) that is shown."""
    key: Any
    if shape["algorithm"] == "RSA":
        key = rsa.generate_private_key(public_exponent=65537, key_size=shape["length"] * 8)
    else:
        key = ec.generate_private_key(
            _CURVES[shape.get("curveId") or _BY_LENGTH[shape["length"]]]()
        )
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private: bytes = key.private_bytes(serialization.Encoding.PEM, form, plain)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public.decode()


def sign(private: bytes, body: Body) -> str:
    """Return the signature (base64) of a message or of its digest."""
    key: Any = serialization.load_pem_private_key(private, None)
    how = _how(key, body["signingAlgorithm"], body.get("messageType") or "RAW")
    return base64.b64encode(key.sign(_bytes(body["message"], "message"), *how)).decode()


def verify(private: bytes, body: Body) -> bool:
    """Say whether a signature is of this message, by this key."""
    key: Any = serialization.load_pem_private_key(private, None)
    how = _how(key, body["signingAlgorithm"], body.get("messageType") or "RAW")
    try:
        key.public_key().verify(
            _bytes(body["signature"], "signature"), _bytes(body["message"], "message"), *how
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _how(key: Any, algorithm: str, kind: str) -> tuple[Any, ...]:
    """Return what the library wants beside the message: padding and hash for RSA, the curve's way
    for ECDSA.
    """
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    if is_rsa is not ("RSA" in algorithm):
        raise errors.invalid(f"{algorithm} is not for a key of this algorithm.")
    bits = next(part for part in algorithm.split("_") if part in _HASHES)
    digest = _HASHES[bits]()
    used = Prehashed(digest) if kind == "DIGEST" else digest
    if not is_rsa:
        return (ec.ECDSA(used),)
    way = (
        padding.PSS(padding.MGF1(digest), digest.digest_size)
        if algorithm.endswith("PSS")
        else padding.PKCS1v15()
    )
    return way, used


def _bytes(text: str, name: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise errors.invalid(f"{name} must be base64.") from error
    if name == "message" and len(found) > MOST_BYTES:
        raise errors.invalid(f"message has at most {MOST_BYTES} bytes; sign its digest.")
    return found
