"""What the image's entry point does before the application: fetch each `<NAME>_SECRET_OCID` from
Vault into `<NAME>`.
"""

import base64
import email.utils
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

SUFFIX = "_SECRET_OCID"
ATTEMPTS = 4


class SecretUnreadable(Exception):
    """The process must not start: a secret it needs cannot be had."""


def resolved(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with every secret reference replaced by its value; plain values stay
    as they are.
    """
    wanted = {
        name.removesuffix(SUFFIX): ocid
        for name, ocid in env.items()
        if name.endswith(SUFFIX) and ocid
    }
    return {**env, **{name: read_secret(ocid, env) for name, ocid in wanted.items()}}


def read_secret(ocid: str, env: Mapping[str, str]) -> str:
    """Return the current value of a secret, asking as the container instance itself (resource
    principal).
    """
    endpoint = (
        env.get("OCI_ENDPOINT")
        or f"https://secrets.vaults.{env.get('OCI_RESOURCE_PRINCIPAL_REGION')}.oci.oraclecloud.com"
    )
    url = f"{endpoint}/20190301/secretbundles/{quote(ocid, safe='')}"
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(_signed(url, env), timeout=5) as answer:  # noqa: S310 (the address is configuration)
                return base64.b64decode(
                    json.load(answer)["secretBundleContent"]["content"]
                ).decode()
        except urllib.error.HTTPError as error:
            if error.code not in (429, 500, 503) or attempt == ATTEMPTS - 1:
                raise SecretUnreadable(f"{ocid}: Vault answered {error.code}") from error
        except OSError as error:
            if attempt == ATTEMPTS - 1:
                raise SecretUnreadable(f"{ocid}: Vault does not answer ({error})") from error
        time.sleep(0.2 * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def _signed(url: str, env: Mapping[str, str]) -> urllib.request.Request:
    parts = urlsplit(url)
    date = email.utils.formatdate(usegmt=True)
    text = f"date: {date}\n(request-target): get {parts.path}\nhost: {parts.netloc}"
    token, key = (
        _held(env, "OCI_RESOURCE_PRINCIPAL_RPST"),
        _held(env, "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"),
    )
    authorization = (
        f'Signature algorithm="rsa-sha256",headers="date (request-target) host",keyId="ST${token}",'
        f'signature="{_rsa_signature(text, key)}",version="1"'
    )
    return urllib.request.Request(  # noqa: S310 - the address is configuration
        url, headers={"date": date, "host": parts.netloc, "authorization": authorization}
    )


def _held(env: Mapping[str, str], name: str) -> str:
    """Return a credential, which the platform gives as text or as the path of a file."""
    value = env.get(name, "")
    if not value:
        raise SecretUnreadable(f"{name} is not set, so no secret can be read")
    if value.startswith("/"):
        with open(value) as file:
            return file.read().strip()
    return value


def _rsa_signature(text: str, pem: str) -> str:
    # imported here: 40 ms and 10 MB that a container without secrets does not pay
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise SecretUnreadable("the resource principal's key is not an RSA key")
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
