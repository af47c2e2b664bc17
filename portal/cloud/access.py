"""With which identity the portal speaks to OCI."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import oci
from django.conf import settings

from portal.cloud.errors import NotAuthenticated

_sdk: Any = oci  # the SDK has no types


@dataclass(frozen=True, slots=True)
class Access:
    """The settings that name the portal's identity at OCI, as one comparable value."""

    auth: str
    tenancy: str
    user: str
    fingerprint: str
    key: str = field(repr=False)
    region: str
    endpoint: str
    rates: str = ""  # what services take from one tenancy: see pace.py


_signers: dict[Access, Any] = {}
_lock = threading.Lock()


def access() -> Access:
    """Read the settings: the only place of this package that does."""
    return Access(**{name: str(settings.OCI.get(name, "")) for name in Access.__slots__})


def signer(who: Access) -> Any:
    """Return the one signer of this process for that identity: loading a private key costs 35-70 ms, sharing it nothing."""
    with _lock:
        if who not in _signers:
            _signers[who] = _make(who)
        return _signers[who]


def tenancy(who: Access) -> str:
    """Return the OCID of the tenancy, which a principal without a key knows from its token."""
    return who.tenancy or str(signer(who).tenancy_id)


def client_config(who: Access, region: str) -> dict[str, Any]:
    """Return the configuration that the SDK validates beside a signer."""
    if who.auth != "api_key":
        return {"region": region}
    return {
        "tenancy": who.tenancy,
        "user": who.user,
        "fingerprint": who.fingerprint,
        "key_content": who.key,
        "region": region,
    }


def _make(who: Access) -> Any:
    makers: dict[str, Callable[[Access], Any]] = {
        "api_key": _api_key,
        "instance_principal": lambda _: _sdk.auth.signers.InstancePrincipalsSecurityTokenSigner(),
        "resource_principal": lambda _: _sdk.auth.signers.get_resource_principals_signer(),
    }
    if who.auth not in makers:
        raise NotAuthenticated(f"OCI_AUTH is {who.auth!r}; it must be one of {', '.join(makers)}.", operation="sign")
    try:
        return makers[who.auth](who)
    except (OSError, ValueError, RuntimeError, oci.exceptions.ClientError, oci.exceptions.ServiceError) as error:
        raise NotAuthenticated(
            f"The portal has no usable OCI credential ({who.auth}): {type(error).__name__}.", operation="sign"
        ) from error


def _api_key(who: Access) -> Any:
    missing = [name for name in ("tenancy", "user", "fingerprint", "key") if not getattr(who, name)]
    if missing:
        raise NotAuthenticated(f"The settings OCI_{', OCI_'.join(name.upper() for name in missing)} are empty.", operation="sign")
    return _sdk.Signer(who.tenancy, who.user, who.fingerprint, None, private_key_content=who.key)
