"""Entry point of the ConceptLens images: reads secrets from OCI Vault, then becomes the program.

Each `<NAME>_SECRET_OCID` of the environment becomes `<NAME>` with the secret's current value, read
as the container's resource principal. Then the arguments replace this process, with the same
process id, so that signals and exit codes are theirs. `docs/conceptlens-image.md` has the recipe.

Exit codes of its own (sysexits.h): 64 no program given, 69 Vault does not answer, 77 a secret may
not be read, 78 a wrong reference or no resource principal, 126 and 127 as a shell. No message holds
a value.
"""

import base64
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import oci

SUFFIX = "_SECRET_OCID"
AGENT = "conceptlens-entrypoint"  # how OCI Audit shows who asked
USAGE, UNAVAILABLE, NO_PERMISSION, CONFIGURATION = 64, 69, 77, 78
CANNOT_RUN, NOT_FOUND = 126, 127
WAIT_SECONDS = 60.0  # for a Vault that does not answer; ENTRYPOINT_WAIT_SECONDS says otherwise
REFUSED_SECONDS = 10.0  # of them for a refusal: a new instance's rights may be seconds late
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
TIMEOUT = (5, 10)  # seconds to connect, to read


class CannotStart(Exception):
    """The program must not start; `code` is how this process ends."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def references(env: Mapping[str, str]) -> dict[str, str]:
    """Return the OCIDs of the secrets by the name of the variable they become."""
    found = {key.removesuffix(SUFFIX): value for key, value in env.items() if key.endswith(SUFFIX)}
    for name, ocid in found.items():
        if not name or not ocid.startswith("ocid1.vaultsecret."):
            raise CannotStart(CONFIGURATION, f"{name}{SUFFIX} is not the OCID of a secret")
    return found


def resolve(env: Mapping[str, str], read: Callable[[str, str], str]) -> dict[str, str]:
    """Return the environment with a value for every reference; `read` takes name and OCID."""
    return {**env, **{name: read(name, ocid) for name, ocid in references(env).items()}}


class Vault:
    """Reads secrets as the container instance itself."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._client = _client(env)
        self._began = time.monotonic()
        self._wait = float(env.get("ENTRYPOINT_WAIT_SECONDS") or WAIT_SECONDS)

    def read(self, name: str, ocid: str) -> str:
        """Return the current value of a secret; wait for a Vault that does not answer yet."""
        pause = FIRST_PAUSE
        while True:
            try:
                bundle = self._client.get_secret_bundle(ocid).data
                return _text(base64.b64decode(bundle.secret_bundle_content.content))
            except Exception as error:
                problem = _problem(name, ocid, error)
                limit = self._wait
                if problem.code == NO_PERMISSION:
                    limit = min(limit, REFUSED_SECONDS)
                if problem.code == CONFIGURATION or time.monotonic() - self._began + pause > limit:
                    raise problem from None
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _client(env: Mapping[str, str]) -> Any:
    """Return the SDK's client of Vault; it does not retry by itself."""
    if not env.get("OCI_RESOURCE_PRINCIPAL_VERSION"):
        words = "OCI_RESOURCE_PRINCIPAL_VERSION is not set, so no secret can be read"
        raise CannotStart(CONFIGURATION, words)
    try:
        signer = oci.auth.signers.get_resource_principals_signer()
    except Exception as error:  # the SDK raises many; none of their texts is ours to trust
        words = f"the resource principal cannot be used ({type(error).__name__})"
        raise CannotStart(CONFIGURATION, words) from None
    where = {"service_endpoint": env["OCI_ENDPOINT"]} if env.get("OCI_ENDPOINT") else {}
    retry = oci.retry.NoneRetryStrategy()
    return oci.secrets.SecretsClient(
        {"additional_user_agent": AGENT},
        signer=signer,
        retry_strategy=retry,
        timeout=TIMEOUT,
        **where,
    )


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise ValueError("no variable holds a zero byte")
    return content.decode()


def _problem(name: str, ocid: str, error: Exception) -> CannotStart:
    """Say what went wrong, by the class and the status of the error: its text may hold anything."""
    which = f"{name} ({ocid})"
    status = getattr(error, "status", None)
    if isinstance(error, ValueError):
        return CannotStart(CONFIGURATION, f"{which} is not text")
    if status in (401, 403, 404):
        rights = "the secret is gone, or the containers' policy does not name it"
        return CannotStart(NO_PERMISSION, f"{which}: Vault answered {status}; {rights}")
    if status and status < 500 and status != 429:
        return CannotStart(CONFIGURATION, f"{which}: Vault answered {status}")
    said = f"answered {status}" if status else f"does not answer ({type(error).__name__})"
    return CannotStart(UNAVAILABLE, f"{which}: Vault {said}")


def run(arguments: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Become the program."""
    try:
        os.execvpe(arguments[0], list(arguments), dict(env))  # noqa: S606 - its purpose
    except FileNotFoundError:
        raise CannotStart(NOT_FOUND, f"{arguments[0]} does not exist in the image") from None
    except OSError as error:
        raise CannotStart(CANNOT_RUN, f"{arguments[0]}: {error.strerror}") from None


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Resolve, then run; return the exit code when that cannot be."""
    try:
        if not arguments:
            raise CannotStart(USAGE, "no program was given; the image's CMD or arguments name it")
        run(arguments, resolve(env, Vault(env).read) if references(env) else env)
    except CannotStart as error:
        print(f"entrypoint: {error}", file=sys.stderr, flush=True)
        return error.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
