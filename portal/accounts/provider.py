"""Calls to the identity provider: three seconds in all, no redirects, a bounded answer,
errors of one kind.
"""

import json
import time
from typing import Any

import requests
from django.conf import settings

LARGEST = 512 * 1024


class ProviderTrouble(Exception):
    """The provider did not give a usable answer. `status` is 0 when it did not answer at all."""

    def __init__(self, what: str, status: int = 0) -> None:
        super().__init__(what)
        self.status = status


def call(method: str, url: str, **options: Any) -> dict[str, Any]:
    """Return the JSON object that the provider answers, or raise ProviderTrouble."""
    deadline = time.monotonic() + settings.OIDC_TIMEOUT
    try:
        with requests.request(
            method,
            url,
            timeout=settings.OIDC_TIMEOUT,
            allow_redirects=False,
            verify=settings.OIDC_CA_FILE or True,
            stream=True,
            **options,
        ) as response:
            body = _read(response, deadline)
    except (requests.RequestException, OSError) as error:
        raise ProviderTrouble(f"no answer ({type(error).__name__})") from error
    if response.status_code != 200:
        raise ProviderTrouble(f"answered {response.status_code}", response.status_code)
    return _object(body)


def _read(response: requests.Response, deadline: float) -> bytes:
    """Read the body as it comes, so that a provider that drips a byte at a time cannot hold
    the worker.
    """
    body = b""
    while chunk := response.raw.read1(65536, decode_content=True):
        body += chunk
        if len(body) > LARGEST:
            raise ProviderTrouble("answered too much")
        if time.monotonic() > deadline:
            raise ProviderTrouble("answered too slowly")
    return body


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderTrouble("answered something that is not JSON") from error
    if not isinstance(value, dict):
        raise ProviderTrouble("answered something that is not a JSON object")
    return value
