"""TLS of a listener, as Python's ssl module takes it."""

import ssl
import tempfile
from dataclasses import dataclass, field

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class Tls:
    """What a listener proves itself with, and in which versions it speaks."""

    chain: str
    key: str = field(repr=False)
    protocols: tuple[str, ...] = ("TLSv1.2",)


def context(tls: Tls) -> ssl.SSLContext:
    """Return a server's context."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    renew(made, tls)
    return made


def renew(made: ssl.SSLContext, tls: Tls) -> None:
    """Take over another certificate or other versions, for the connections that come from now
    on.
    """
    versions = sorted(VERSIONS[name] for name in tls.protocols)
    made.minimum_version, made.maximum_version = versions[0], versions[-1]
    with tempfile.NamedTemporaryFile(
        "w"
    ) as file:  # the ssl module reads from files only; this one is the owner's and short-lived
        file.write(f"{tls.chain}\n{tls.key}\n")
        file.flush()
        made.load_cert_chain(file.name)
