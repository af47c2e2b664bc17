"""Reads what is imported as a certificate: leaf, chain, key; refuses what OCI could not serve."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from sandbox.oci import errors
from sandbox.oci.clock import wire
from sandbox.oci.service import Body

_RSA = {2048: "RSA2048", 4096: "RSA4096"}
_CURVES = {"secp256r1": "ECDSA_P256", "secp384r1": "ECDSA_P384"}
_FIELDS = {
    NameOID.COMMON_NAME: "commonName",
    NameOID.COUNTRY_NAME: "country",
    NameOID.STATE_OR_PROVINCE_NAME: "stateOrProvinceName",
    NameOID.LOCALITY_NAME: "localityName",
    NameOID.ORGANIZATION_NAME: "organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "organizationalUnit",
}


def read(config: Body, now: float) -> tuple[Body, Body]:
    """Return what is told of the certificate, and of this version of it; the key is checked."""
    leaf, *more = _certificates(config["certificatePem"], "certificatePem")
    chain = [*more, *_certificates(config["certChainPem"], "certChainPem")]
    for certificate in (leaf, *chain):
        _check_dates(certificate, now)
    _check_chain(leaf, chain)
    _check_key(leaf, config)
    shown = {
        "subject": _subject(leaf),
        "keyAlgorithm": _algorithm(leaf),
        "certificateProfileType": "TLS_SERVER_OR_CLIENT",
    }
    shown["signatureAlgorithm"] = _signature(leaf)
    number = f"{leaf.serial_number:X}"
    serial = number.zfill(len(number) + len(number) % 2)
    version: Body = {
        "serialNumber": ":".join(serial[at : at + 2] for at in range(0, len(serial), 2))
    }
    return shown, version | {"validity": _validity(leaf), "subjectAlternativeNames": _names(leaf)}


def check_bundle(pem: str) -> None:
    """A CA bundle has at least one certificate."""
    _certificates(pem, "caBundlePem")


def _certificates(pem: str, field: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise errors.invalid(f"{field} is not a PEM certificate.") from error


def _check_dates(certificate: x509.Certificate, now: float) -> None:
    if certificate.not_valid_after_utc.timestamp() <= now:
        expired = certificate.not_valid_after_utc.date().isoformat()
        raise errors.invalid(
            f"The certificate of {certificate.subject.rfc4514_string()} expired on {expired}."
        )


def _check_chain(leaf: x509.Certificate, chain: list[x509.Certificate]) -> None:
    """Each certificate must be issued by the one that follows it; a self-signed one vouches for
    itself.
    """
    if chain == [leaf]:
        chain = []
        _check_issued(leaf, leaf)
    for certificate, issuer in zip([leaf, *chain], chain, strict=False):
        _check_issued(certificate, issuer)
        try:
            authority = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            authority = False
        if not authority:
            raise errors.invalid(
                f"{issuer.subject.rfc4514_string()} in certChainPem is not an authority."
            )


def _check_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        names = (
            f"{certificate.subject.rfc4514_string()} is not issued by"
            f" {issuer.subject.rfc4514_string()}"
        )
        raise errors.invalid(f"The certificate chain is broken: {names}.") from error


def _check_key(leaf: x509.Certificate, config: Body) -> None:
    phrase = (config.get("privateKeyPemPassphrase") or "").encode() or None
    try:
        key = serialization.load_pem_private_key(config["privateKeyPem"].encode(), phrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise errors.invalid(
            "privateKeyPem is not a private key, or its passphrase is wrong."
        ) from error
    if key.public_key() != leaf.public_key():
        raise errors.invalid("The private key does not belong to the certificate.")


def _algorithm(leaf: x509.Certificate) -> str:
    key, found = leaf.public_key(), None
    if isinstance(key, rsa.RSAPublicKey):
        found = _RSA.get(key.key_size)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        found = _CURVES.get(key.curve.name)
    if found is None:
        raise errors.invalid(
            f"The key must be one of {', '.join((*_RSA.values(), *_CURVES.values()))}."
        )
    return found


def _signature(leaf: x509.Certificate) -> str:
    digest = leaf.signature_hash_algorithm
    if digest is None or digest.name not in {"sha256", "sha384", "sha512"}:
        raise errors.invalid("The certificate must be signed with SHA-256 or better.")
    kind = "ECDSA" if isinstance(leaf.signature_algorithm_parameters, ec.ECDSA) else "RSA"
    return f"{digest.name.upper()}_WITH_{kind}"


def _subject(leaf: x509.Certificate) -> Body:
    found = {_FIELDS[item.oid]: str(item.value) for item in leaf.subject if item.oid in _FIELDS}
    return {"commonName": next((name["value"] for name in _names(leaf)), ""), **found}


def _names(leaf: x509.Certificate) -> list[Body]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    names: list[Body] = [
        {"type": "DNS", "value": name} for name in found.get_values_for_type(x509.DNSName)
    ]
    return names + [
        {"type": "IP", "value": str(address)}
        for address in found.get_values_for_type(x509.IPAddress)
    ]


def _validity(leaf: x509.Certificate) -> Body:
    def moment(at: datetime) -> str:
        return wire(at.astimezone(UTC).timestamp())

    return {
        "timeOfValidityNotBefore": moment(leaf.not_valid_before_utc),
        "timeOfValidityNotAfter": moment(leaf.not_valid_after_utc),
    }
