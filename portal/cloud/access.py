"""The identity by which the portal speaks to OCI, and its signer."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import oci
from django.conf import settings

from portal.cloud.errors import NotAuthenticated

_sdk: Any = oci  # the SDK has no types


@dataclass(frozen=True, slots=True)
class CloudIdentity:
    """The settings that name the portal's identity at OCI, as one comparable value."""

    auth: str
    tenancy: str
    user: str
    fingerprint: str
    key: str = field(repr=False)
    region: str
    endpoint: str
    rates: str = ""  # calls that services take from one tenancy: see rate_limit.py


_signers: dict[CloudIdentity, Any] = {}
_lock = threading.Lock()


def cloud_identity() -> CloudIdentity:
    """Read the settings: the only place of this package that does."""
    names = CloudIdentity.__slots__
    return CloudIdentity(**{name: str(settings.OCI.get(name, "")) for name in names})


def signer(identity: CloudIdentity) -> Any:
    """Return the process's one signer of an identity: loading a private key costs 35-70 ms."""
    with _lock:
        if identity not in _signers:
            _signers[identity] = _make(identity)
        return _signers[identity]


def tenancy(identity: CloudIdentity) -> str:
    """Return the OCID of the tenancy, which a principal without a key knows from its token."""
    return identity.tenancy or str(signer(identity).tenancy_id)


def client_config(identity: CloudIdentity, region: str) -> dict[str, Any]:
    """Return the configuration that the SDK validates beside a signer."""
    if identity.auth != "api_key":
        return {"region": region}
    return {
        "tenancy": identity.tenancy,
        "user": identity.user,
        "fingerprint": identity.fingerprint,
        "key_content": identity.key,
        "region": region,
    }


def _make(identity: CloudIdentity) -> Any:
    signers = _sdk.auth.signers
    makers: dict[str, Callable[[CloudIdentity], Any]] = {
        "api_key": _api_key,
        "instance_principal": lambda _: signers.InstancePrincipalsSecurityTokenSigner(),
        "resource_principal": lambda _: signers.get_resource_principals_signer(),
    }
    if identity.auth not in makers:
        raise NotAuthenticated(
            f"OCI_AUTH is {identity.auth!r}; it must be one of {', '.join(makers)}.",
            operation="sign",
        )
    sdk_errors = (oci.exceptions.ClientError, oci.exceptions.ServiceError)
    try:
        return makers[identity.auth](identity)
    except (OSError, ValueError, RuntimeError, *sdk_errors) as error:
        name = type(error).__name__
        raise NotAuthenticated(
            f"The portal has no usable OCI credential ({identity.auth}): {name}.",
            operation="sign",
        ) from error


def _api_key(identity: CloudIdentity) -> Any:
    needed = ("tenancy", "user", "fingerprint", "key")
    missing = [f"OCI_{name.upper()}" for name in needed if not getattr(identity, name)]
    if missing:
        raise NotAuthenticated(f"The settings {', '.join(missing)} are empty.", operation="sign")
    key = {"private_key_content": identity.key}
    return _sdk.Signer(identity.tenancy, identity.user, identity.fingerprint, None, **key)
