"""A certificate authority of a service's own, with the one certificate that it issues, as PEM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

YEARS = 10


@dataclass(frozen=True)
class Issued:
    """The authority's certificate, and a server's certificate with its key."""

    authority: str
    certificate: str
    key: str


def make(name: str, hosts: str, now: float) -> Issued:
    """Return a new authority with a server certificate for `hosts`, a name that may be `*.domain`.

    The authority's key is forgotten, as nothing else is ever issued.
    """
    start = datetime.fromtimestamp(now, UTC)
    own, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name[:40]} database CA")])
    authority = _begin(issuer, issuer, own.public_key(), start).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name[:40]} database")])
    server = _begin(subject, issuer, key.public_key(), start).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(hosts)]), critical=False
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Issued(_pem(authority, own), _pem(server, own), private.decode())


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime
) -> x509.CertificateBuilder:
    end = start + timedelta(days=365 * YEARS)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(start).not_valid_after(end)


def _pem(builder: x509.CertificateBuilder, signer: ec.EllipticCurvePrivateKey) -> str:
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
