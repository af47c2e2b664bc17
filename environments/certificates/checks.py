"""Check a certificate before it is sent to OCI."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.views.decorators.debug import sensitive_variables

from portal.lib.refusal import Invalid

LONGEST = 60_000  # characters of one field
RSA_BITS = (
    2048,
    4096,
)  # what the Certificates service takes (KeyAlgorithm of its models), with the two curves
CURVES = ("secp256r1", "secp384r1")
DIGESTS = ("sha256", "sha384", "sha512")
CERTIFICATE, CHAIN, KEY = "Certificate", "Chain", "Private key"


@dataclass(frozen=True, slots=True)
class PastedCertificate:
    """What was pasted into the form, as PEM."""

    certificate: str
    chain: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckedCertificate:
    """A certificate that may be imported, with what may be shown of it."""

    certificate: str
    chain: str
    private_key: str = field(repr=False)
    names: tuple[str, ...]
    serial: str  # hexadecimal, without zeros in front
    fingerprint: str
    issuer: str
    not_after: datetime


@sensitive_variables("pasted", "key")
def check(pasted: PastedCertificate, *, host: str, at: datetime) -> CheckedCertificate:
    """Return the certificate, ready to be imported; refuse it with what is wrong."""
    leaf, *more = _certificates(pasted.certificate, CERTIFICATE)
    key = _key(pasted.private_key)
    _check_owner(leaf, key)
    chain = _chain(
        leaf, [*more, *(_certificates(pasted.chain, CHAIN) if pasted.chain.strip() else [])]
    )
    for certificate in (leaf, *chain):
        _check_dates(certificate, CERTIFICATE if certificate == leaf else CHAIN, at)
    _check_name(leaf, host)
    _check_use(leaf)
    _check_strength(leaf)
    return CheckedCertificate(
        certificate=_pem([leaf]),
        chain=_pem(chain or [leaf]),  # OCI requires one; a self-signed certificate is its own
        private_key=pasted.private_key.strip() + "\n",
        names=tuple(_names(leaf)),
        serial=f"{leaf.serial_number:x}",
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        issuer=leaf.issuer.rfc4514_string(),
        not_after=leaf.not_valid_after_utc,
    )


def refused(where: str, what: str, next_step: str) -> Invalid:
    """Return a refusal that names the field; nothing but names and dates is in it."""
    return Invalid(f"{where}: {what}. Nothing was sent to OCI.", next_step=next_step)


def _certificates(pem: str, where: str) -> list[x509.Certificate]:
    if "PRIVATE KEY" in pem:
        raise refused(
            where, "there is a private key in it", f"Paste the key into the field {KEY} only."
        )
    if not pem.strip():
        raise refused(
            where,
            "it is empty",
            "Paste the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
        )
    try:
        return x509.load_pem_x509_certificates(_ascii(pem, where))
    except ValueError as error:
        step = (
            "Paste the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, "
            "whole and unchanged."
        )
        raise refused(where, "it is not a certificate in PEM form", step) from error


@sensitive_variables("pem")
def _key(pem: str) -> PrivateKeyTypes:
    if not pem.strip():
        raise refused(
            KEY,
            "it is empty",
            "Paste the text from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----.",
        )
    try:
        return serialization.load_pem_private_key(_ascii(pem, KEY), None)
    except TypeError as error:
        step = "Remove the passphrase with `openssl pkey -in KEY.pem` and paste the output."
        raise refused(KEY, "it is protected by a passphrase", step) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        step = (
            "Paste the text from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----, "
            "whole and unchanged."
        )
        raise refused(KEY, "it is not a private key in PEM form", step) from error


@sensitive_variables("pem")
def _ascii(pem: str, where: str) -> bytes:
    if len(pem) > LONGEST or not pem.isascii():
        raise refused(
            where,
            f"it is longer than {LONGEST} characters, or not plain text",
            "Paste the PEM text and nothing else.",
        )
    return pem.strip().encode()


@sensitive_variables("key")
def _check_owner(leaf: x509.Certificate, key: PrivateKeyTypes) -> None:
    if key.public_key() != leaf.public_key():
        step = (
            "Paste the key with which this certificate was requested. The first "
            "certificate of the field must be the server's."
        )
        raise refused(KEY, f"it does not belong to the certificate of {_subject_of(leaf)}", step)


def _chain(leaf: x509.Certificate, given: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates above the leaf in the order in which each signs the one before."""
    pool = list(dict.fromkeys(one for one in given if one != leaf))
    chain: list[x509.Certificate] = []
    current = leaf
    while not _signs(current, current):
        issuer = next((one for one in pool if _signs(one, current)), None)
        if issuer is None:
            break
        pool.remove(issuer)
        chain.append(issuer)
        current = issuer
    if not chain and not _signs(leaf, leaf):
        step = (
            f"Paste the certificate of {leaf.issuer.rfc4514_string()} here; the issuer of "
            "yours offers it for download."
        )
        raise refused(
            CHAIN, f"it is broken: nothing in it signs the certificate of {_subject_of(leaf)}", step
        )
    if pool:
        step = f"Remove it, or add the certificate that lies between it and {_subject_of(current)}."
        raise refused(CHAIN, f"it is broken: {_subject_of(pool[0])} signs nothing here", step)
    return chain


def _signs(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return issuer == certificate or _is_authority(issuer)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def _check_dates(certificate: x509.Certificate, where: str, at: datetime) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if last <= at:
        raise refused(
            where,
            f"{_subject_of(certificate)} expired on {last:%Y-%m-%d %H:%M} UTC",
            "Have it renewed, and import the new one.",
        )
    if first > at:
        step = "Import it on that day, or check the clock of its issuer."
        raise refused(
            where,
            f"{_subject_of(certificate)} is not valid before {first:%Y-%m-%d %H:%M} UTC",
            step,
        )


def _check_name(leaf: x509.Certificate, host: str) -> None:
    names = _names(leaf)
    if not any(_covers(name, host) for name in names):
        said = ", ".join(names) or "no DNS name"
        step = (
            f"Request one with {host} among its subject alternative names, or change the "
            "setting `domain`."
        )
        raise refused(CERTIFICATE, f"it is for {said}, not for {host}", step)


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in found.get_values_for_type(x509.DNSName)]


def _covers(name: str, host: str) -> bool:
    """Compare as browsers do: a star stands for exactly one label, the first."""
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _check_use(leaf: x509.Certificate) -> None:
    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        raise refused(
            CERTIFICATE,
            "it is not for servers (extended key usage)",
            "Request a TLS server certificate.",
        )


def _check_strength(leaf: x509.Certificate) -> None:
    key, digest = leaf.public_key(), leaf.signature_hash_algorithm
    fits = (isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES
    )
    if not fits:
        kind = (
            f"RSA {key.key_size}"
            if isinstance(key, rsa.RSAPublicKey)
            else getattr(getattr(key, "curve", None), "name", "other")
        )
        step = "Request one with an RSA key of 2048 or 4096 bits, or an EC key on P-256 or P-384."
        raise refused(
            CERTIFICATE, f"its key is {kind}, which is too weak, or OCI does not accept it", step
        )
    if digest is None or digest.name not in DIGESTS:
        said = digest.name if digest else "something else"
        raise refused(
            CERTIFICATE,
            f"it is signed with {said}, not with SHA-256 or better",
            "Have it issued again.",
        )


def _subject_of(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or next(
        iter(_names(certificate)), "a certificate without a name"
    )


def _pem(certificates: Iterable[x509.Certificate]) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)
