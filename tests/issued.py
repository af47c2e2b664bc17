"""Certificates made on the spot, for tests."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)


class Issued:
    """A certificate with its key, issued by another or by itself."""

    def __init__(
        self,
        name,
        issuer=None,
        *,
        days=90,
        authority=False,
        names=None,
        key=None,
        since=100,
        digest=None,
    ):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by = issuer or self
        start = NOW - datetime.timedelta(days=since)
        builder = x509.CertificateBuilder(
            issuer.certificate.subject if issuer else subject, subject, self.key.public_key()
        )
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
        builder = builder.not_valid_after(NOW + datetime.timedelta(days=days))
        builder = builder.add_extension(
            x509.BasicConstraints(ca=authority, path_length=None), critical=True
        )
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names or [name]]),
            critical=False,
        )
        self.certificate = builder.sign(by.key, digest or hashes.SHA256())

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self):
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        ).decode()
