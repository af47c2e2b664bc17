"""A whole sandbox, as `make run` starts it, and people in a real Chromium in front of it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sandbox import leftovers
from sandbox.parts import answers_http
from tests.patience import patient, until
from tests.ports import free_block

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items):
    """Mark the tests of this folder; without Chromium they are skipped in words, except in
    CI, where they fail.
    """
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker("browser")
            if not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(
                    pytest.mark.skip(
                        reason="no Chromium on this machine: install Debian's `chromium`"
                    )
                )


class Sandbox:
    """A running sandbox: its address, its folder, and `make`-like commands against it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_block()
        self.url = f"http://localhost:{self.port}"
        self.output = folder / "output"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "manage.py",
                    "sandbox",
                    "--serve",
                    "--time-scale",
                    "0.2",
                    *self._here(),
                ],
                cwd=ROOT,
                env=_plain_environment(),
                stdout=out,
                stderr=out,
            )

    def wait_for_start(self) -> None:
        """Return when the portal answers."""
        until(self._answers, 60, words=self.output.read_text)

    def oci(self, *words: str) -> str:
        """Run the real `oci` command line as the tenancy's operator."""
        cloud = {
            "OCI_CLI_ENDPOINT": f"http://127.0.0.1:{self.port + 2}",
            "OCI_CLI_CONFIG_FILE": str(self.folder / "data" / "oci" / "config"),
            "OCI_CLI_PROFILE": "operator",
            "SUPPRESS_LABEL_WARNING": "True",
        }
        return self._do(Path(sys.executable).with_name("oci"), *words, **cloud)

    def oci_once_known(self, *words: str) -> str:
        """Run a command that names what was made a moment ago: OCI needs seconds to know it."""

        def answer() -> str:
            try:
                return self.oci(*words)
            except AssertionError as error:
                if "NotAuthorizedOrNotFound" not in str(error):
                    raise
                return ""

        return until(answer, 30)

    def password(self, environment: str) -> str:
        """Return the database's password, as `make password` prints it."""
        where = ("--credentials", self.folder / "data" / "oci")
        where += ("--endpoint", f"http://127.0.0.1:{self.port + 2}")
        secret = (f"conceptlens-{environment}", "DATABASE_PASSWORD")
        return self._do(sys.executable, "-m", "sandbox.oci.read_secret", *where, *secret).strip()

    def push(self, tag: str, environment: str = "dev", behaviour: str = "healthy") -> None:
        """Push both images of a version, as `make push` does."""
        for image in ("api", "worker"):
            where = ("--control", self.control, f"conceptlens-{environment}/{image}")
            self._do(
                sys.executable, "-m", "sandbox.oci.push", *where, tag, "--behaviour", behaviour
            )

    def bundle(self, environment: str, tag: str) -> Path:
        """Build a frontend, as `make bundle` does, and return where it is."""
        where = ("--portal", self.url, "--folder", self.folder / "bundles")
        return Path(
            self._do(sys.executable, "-m", "sandbox.bundle", environment, tag, *where).splitlines()[
                0
            ]
        )

    def provision(self, environment: str) -> None:
        """Plan and apply, as an operator at the command line of the server does."""
        plan = re.findall(r"manage\.py apply (\d+)", self.manage("plan", environment))[-1]
        self.manage("apply", plan, "--confirm", environment)

    def manage(self, *words: str) -> str:
        """Run a command of the portal, configured as its servers are."""
        pairs = (
            line.split("=", 1) for line in (self.folder / "data" / "env").read_text().splitlines()
        )
        return self._do(sys.executable, "manage.py", *words, **dict(pairs))

    def make_it_fail(self) -> None:
        """Break the product that has dev's traffic, as `make break` does."""
        self._do(
            sys.executable,
            "-m",
            "sandbox.oci.misbehave",
            "--control",
            self.control,
            "conceptlens-dev",
        )

    @property
    def control(self) -> str:
        """Return the address of the simulator's control port."""
        return f"http://127.0.0.1:{self.port + 3}"

    def _here(self) -> list[str]:
        return ["--port", str(self.port), "--folder", str(self.folder / "data")]

    def _do(self, *words: object, **extra: str) -> str:
        command = [str(word) for word in words]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=_plain_environment() | extra,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def log(self, part: str) -> str:
        """Return what a part wrote."""
        return (self.folder / "data" / "log" / f"{part}.log").read_text(errors="replace")

    def stop(self) -> None:
        """Stop it as Ctrl-C does; kill what is left."""
        self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(patient(20))
        self.process.kill()
        leftovers.stop(self.folder / "data")

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return answers_http(f"{self.url}/healthz")


def _plain_environment() -> dict[str, str]:
    """Return the environment of a person's shell: nothing in it configures the portal."""
    return {
        name: os.environ[name]
        for name in ("PATH", "HOME", "USER", "LANG", "TMPDIR")
        if name in os.environ
    }


@pytest.fixture(scope="module")
def sandbox():
    """A sandbox of each module's own, thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portal-browser-"))
    folder.chmod(0o755)  # PostgreSQL reads it as a user of its own
    running = Sandbox(folder)
    try:
        running.wait_for_start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium."""
    expect.set_options(timeout=patient(5_000))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


class People:
    """Who is signed in, each in a browser window of his own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.pages: dict[str, Page] = {}
        self.mistakes: list[str] = []

    def page(self, name: str) -> Page:
        """Return the person's page, signed in through the identity provider on first use."""
        if name not in self.pages:
            page = self.browser.new_context(
                base_url=self.url, viewport={"width": 1400, "height": 1000}
            ).new_page()
            page.set_default_timeout(patient(20_000))
            page.on("pageerror", lambda error: self.mistakes.append(f"{name}: {error.stack}"))
            page.goto("/")
            page.get_by_text("Sign in with single sign-on").click()
            page.locator(f"button[value={name}]").click()
            page.wait_for_url(f"{self.url}/**")
            self.pages[name] = page
        return self.pages[name]

    def anew(self, name: str) -> Page:
        """Return the page of somebody who has just signed in again."""
        if name in self.pages:
            self.pages.pop(name).context.close()
        return self.page(name)


@pytest.fixture(scope="module")
def people(chromium, sandbox):
    """The cast in front of the sandbox."""
    return People(chromium, sandbox.url)
