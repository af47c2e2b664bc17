"""Verifies HTTP signatures: who a request comes from, that it is fresh, that its body is the signed
one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.oci import errors
from sandbox.oci.exchange import Request

SKEW = 300  # seconds
_PART = re.compile(r'(\w+)="([^"]*)"')
_BODY_HEADERS = {"content-length", "content-type", "x-content-sha256"}

PublicKeyOf = Callable[[str], str]  # keyId -> PEM of the public key; raises not_authenticated


def verify(request: Request, public_key: PublicKeyOf, *, streams_body: bool = False) -> str:
    """Return the keyId of a correctly signed request; refuse any other with 401."""
    parts = _parts(request)
    signed = parts["headers"].lower().split()
    _check_signed_headers(request, signed, streams_body=streams_body)
    _check_date(request)
    _check_digest(request, signed)
    text = "\n".join(_line(request, name) for name in signed)
    key = _load(public_key(parts["keyId"]))
    try:
        key.verify(
            base64.b64decode(parts["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError) as error:
        raise errors.not_authenticated("The signature of the request is not valid.") from error
    return parts["keyId"]


def token_claims(token: str, issuer: rsa.RSAPublicKey) -> dict[str, Any]:
    """Return the claims of a session or resource principal token that we issued and that has not
    expired.
    """
    try:
        head, payload, mark = token.split(".")
        issuer.verify(
            _unpad(mark), f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        claims: dict[str, Any] = json.loads(_unpad(payload))
    except (InvalidSignature, ValueError) as error:
        raise errors.not_authenticated("The token is not one that this tenancy issued.") from error
    if claims.get("exp", 0) < time.time():
        raise errors.not_authenticated("The token has expired.")
    return claims


def issue_token(claims: dict[str, Any], issuer: rsa.RSAPrivateKey) -> str:
    """Return a signed token."""
    header = {"alg": "RS256", "typ": "JWT", "kid": "asw"}
    text = f"{_pad(json.dumps(header).encode())}.{_pad(json.dumps(claims).encode())}"
    return f"{text}.{_pad(issuer.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the public half as PEM."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the private key as PEM."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()


def fingerprint(pem: str) -> str:
    """Return the fingerprint of a public key, as OCI shows it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashlib.md5(_load(pem).public_bytes(serialization.Encoding.DER, form)).hexdigest()
    return ":".join(digest[place : place + 2] for place in range(0, 32, 2))


def _parts(request: Request) -> dict[str, str]:
    header = request.headers.get("authorization", "")
    parts = dict(_PART.findall(header))
    if not header.startswith("Signature ") or not {"keyId", "headers", "signature"} <= set(parts):
        raise errors.not_authenticated("The request is not signed.")
    if parts.get("algorithm", "rsa-sha256") != "rsa-sha256":
        raise errors.not_authenticated("Only rsa-sha256 signatures are accepted.")
    return parts


def _check_signed_headers(request: Request, signed: list[str], *, streams_body: bool) -> None:
    needed = {"(request-target)", "host"} | ({"x-date"} if "x-date" in signed else {"date"})
    if request.method in {"POST", "PUT", "PATCH"} and not streams_body:
        needed |= _BODY_HEADERS
    if lacking := needed - set(signed):
        raise errors.not_authenticated(
            f"The signature does not cover {', '.join(sorted(lacking))}."
        )


def _check_date(request: Request) -> None:
    try:
        stamp = parsedate_to_datetime(
            request.headers.get("x-date") or request.headers["date"]
        ).timestamp()
    except (KeyError, ValueError, TypeError) as error:
        raise errors.not_authenticated("The request has no readable date.") from error
    if abs(stamp - time.time()) > SKEW:
        raise errors.not_authenticated(
            "The date of the request differs from the server's by more than 5 minutes."
        )


def _check_digest(request: Request, signed: list[str]) -> None:
    if "x-content-sha256" in signed:
        digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
        if request.headers.get("x-content-sha256") != digest:
            raise errors.not_authenticated("x-content-sha256 is not the digest of the body.")


def _line(request: Request, name: str) -> str:
    if name == "(request-target)":
        return f"(request-target): {request.method.lower()} {request.target}"
    if name not in request.headers:
        raise errors.not_authenticated(f"The signed header {name} is missing.")
    return f"{name}: {request.headers[name]}"


@lru_cache(maxsize=1024)
def _load(pem: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError as error:
        raise errors.invalid("The key is not a PEM public key.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise errors.invalid("The key is not an RSA key.")
    return key


def _pad(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unpad(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
