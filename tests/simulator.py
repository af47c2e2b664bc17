"""The fixture `simulator`: one OCI simulator per test process, a new tenancy per test,
settings.OCI pointed at it.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.patience import patient

START_SECONDS = 30
POLICY = Path(__file__).resolve().parent.parent / "docs" / "portal-policy.txt"

# the statements that an operator is told to write
DOCUMENTED = tuple(line for line in POLICY.read_text().splitlines() if line.startswith("Allow "))


class Simulator:
    """A running simulator, seen from its control port."""

    def __init__(
        self,
        state: Path | None = None,
        *,
        scale: float = 0.0,
        port: int = 0,
        postgres: str = "",
    ) -> None:
        command = [
            sys.executable,
            "-m",
            "sandbox.oci",
            "--time-scale",
            str(scale),
            "--port",
            str(port),
        ]
        if postgres:
            command += ["--postgres", postgres]
        if state:
            command += ["--state", str(state), "--credentials", str(state.parent / "client")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._first_line()
        if not line:
            self.close()
            raise AssertionError("the OCI simulator ended at start")
        self.endpoint, self.control_url = (
            json.loads(line)[name] for name in ("endpoint", "control")
        )
        self.tenancy: dict[str, Any] = self.control("GET", "/tenancy")

    def _first_line(self) -> str:
        output = self.process.stdout
        assert output
        if not select.select([output], [], [], START_SECONDS)[0]:
            self.kill()
            raise AssertionError("the OCI simulator did not start")
        return output.readline()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control port; an error answer raises with its text."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.control_url + path, method=method, data=content)
        try:
            with urllib.request.urlopen(request, timeout=patient(20)) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(
                f"{method} {path}: {error.code} {error.read().decode()}"
            ) from error

    def reset(self, scale: float = 0.0, statements: Sequence[str] | None = DOCUMENTED) -> None:
        """Begin a new tenancy with the same names and keys, without faults and delays. The portal
        has the documented rights, or these; with None it is an administrator.
        """
        self.control("POST", "/reset", {"portal_statements": statements})
        self.control("POST", "/clock", {"scale": scale})

    def fault(self, kind: str, operation: str = "*", **more: Any) -> dict[str, Any]:
        """Set a fault: kind is throttle, error, hang, lost, slow or hidden."""
        return self.control("POST", "/faults", {"kind": kind, "operation": operation, **more})

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.control("DELETE", "/faults")

    def journal(self, operation: str = "") -> list[dict[str, Any]]:
        """Return what was asked, of one operation if named."""
        return self.control("GET", f"/journal?operation={operation}")

    def advance(self, seconds: float) -> None:
        """Skip simulated time."""
        self.control("POST", "/clock", {"advance": seconds})

    def push(self, repository: str, tag: str, behaviour: str = "healthy") -> dict[str, Any]:
        """Put an image into a repository, as a registry push does."""
        return self.control(
            "POST", "/images", {"repository": repository, "tag": tag, "behaviour": behaviour}
        )

    @property
    def settings(self) -> dict[str, str]:
        """What settings.OCI holds to speak to it as the portal's user."""
        names = ("tenancy", "user", "fingerprint", "key", "region")
        return {
            "auth": "api_key",
            "endpoint": self.endpoint,
            **{name: self.tenancy[name] for name in names},
        }

    @property
    def config(self) -> dict[str, str]:
        """The SDK's configuration of the portal's user."""
        names = ("tenancy", "user", "fingerprint", "region")
        return {"key_content": self.tenancy["key"], **{name: self.tenancy[name] for name in names}}

    def kill(self) -> None:
        """End it without warning."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(patient(10))
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulator for the tests of this process."""
    state = tmp_path_factory.mktemp("oci") / "state.sqlite"
    running = Simulator(state, postgres=os.environ["PORTAL_TEST_POSTGRES"])
    yield running
    running.close()


@pytest.fixture
def simulator(simulator_process: Simulator, settings: Any) -> Simulator:
    """An empty tenancy with no delays, which settings.OCI points to."""
    simulator_process.reset()
    settings.OCI = simulator_process.settings
    return simulator_process
