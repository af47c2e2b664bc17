"""The entry point that the product's images carry: it reads secrets, becomes the program, and says
what is wrong without saying a value.
"""

import base64
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.patience import patient

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "docs" / "entrypoint" / "entrypoint.py"
SHOW = "import json, os, sys; print(json.dumps([os.getpid(), sys.argv[1:], dict(os.environ)]))"
OCID = "ocid1.vaultsecret.oc1.iad.one"
VALUE = "postgresql://someone:a-value-of-the-vault@db/x"


def start(*arguments: str, **env: str) -> tuple[int, str, str, int]:
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = process.communicate(timeout=patient(30))
    return process.returncode, out, err, process.pid


class Vault(http.server.BaseHTTPRequestHandler):
    """Answers with the next of `answers`: a status, or the value of a secret."""

    answers: list[int | bytes] = []
    asked: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["authorization"]))
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        found = base64.b64encode(said).decode() if isinstance(said, bytes) else ""
        content = {"contentType": "BASE64", "content": found}
        body = {"secretId": OCID, "versionNumber": 1, "secretBundleContent": content}
        if isinstance(said, int):
            body = {"code": "Refused", "message": f"not a word of {VALUE}"}
        text = json.dumps(body).encode()
        self.send_response(said if isinstance(said, int) else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def principal():
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 9_999_999_999}).encode()).decode()
    return {
        "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
        "OCI_RESOURCE_PRINCIPAL_RPST": f"e30.{claims.rstrip('=')}.c2ln",
        "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": pem,
        "OCI_RESOURCE_PRINCIPAL_REGION": "us-ashburn-1",
    }


@pytest.fixture
def vault(principal):
    """Return a start that answers as told; it has `asked` afterwards."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Vault.asked = []

    def run(*answers: int | bytes, wait: str = "0", ocid: str = OCID):
        Vault.answers = list(answers)
        where = {"OCI_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
        wanted = {"DATABASE_URL_SECRET_OCID": ocid, "ENTRYPOINT_WAIT_SECONDS": wait}
        return start(sys.executable, "-c", SHOW, "a", **principal, **where, **wanted)

    yield run
    server.shutdown()
    server.server_close()


def test_the_program_replaces_it_and_has_the_values(vault):
    code, out, err, pid = vault(VALUE.encode())
    assert (code, err) == (0, "")
    seen_pid, arguments, env = json.loads(out)
    assert (seen_pid, arguments, env["DATABASE_URL"]) == (pid, ["a"], VALUE)
    ((path, authorization),) = Vault.asked
    assert path.endswith(f"/secretbundles/{OCID}") and 'keyId="ST$e30.' in authorization


def test_without_references_nothing_is_asked():
    code, out, _, _ = start(sys.executable, "-c", SHOW, PLAIN="kept")
    assert code == 0
    assert json.loads(out)[2]["PLAIN"] == "kept"


def test_it_waits_for_a_vault_that_does_not_answer_yet(vault):
    assert vault(503, 429, 404, VALUE.encode(), wait="30")[0] == 0
    assert len(Vault.asked) == 4


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, 77, "Vault answered 404; the secret is gone, or the containers' policy"),
        (401, 77, "Vault answered 401"),
        (503, 69, "Vault answered 503"),
        (400, 78, "Vault answered 400"),
    ],
)
def test_what_it_cannot_read_ends_it_with_a_code_and_the_name(vault, status, code, words):
    ended, out, err, _ = vault(status)
    assert (ended, out) == (code, "")
    assert err.startswith(f"entrypoint: DATABASE_URL ({OCID}): {words}")
    assert "a-value-of" not in err and "Traceback" not in err


@pytest.mark.parametrize("content", [b"\xff\xfe", b"before\0after"])
def test_a_value_that_is_no_text_ends_it_without_showing_it(vault, content):
    ended, _, err, _ = vault(content)
    assert (ended, err) == (78, f"entrypoint: DATABASE_URL ({OCID}) is not text\n")


def test_a_vault_out_of_reach_is_told_from_a_refusal(principal):
    env = {"OCI_ENDPOINT": "http://127.0.0.1:9", "ENTRYPOINT_WAIT_SECONDS": "0"}
    ended, _, err, _ = start("true", DATABASE_URL_SECRET_OCID=OCID, **principal, **env)
    assert ended == 69 and "Vault does not answer" in err


@pytest.mark.parametrize(
    ("arguments", "env", "code", "words"),
    [
        ([], {}, 64, "no program was given"),
        (["true"], {"X_SECRET_OCID": "ocid1.vault.oc1..y"}, 78, "X_SECRET_OCID is not the OCID"),
        (["true"], {"X_SECRET_OCID": ""}, 78, "X_SECRET_OCID is not the OCID"),
        (["true"], {"X_SECRET_OCID": OCID}, 78, "OCI_RESOURCE_PRINCIPAL_VERSION is not set"),
        (["no-such-program"], {"PATH": "/usr/bin"}, 127, "does not exist in the image"),
        (["/etc/hostname"], {}, 126, "/etc/hostname: "),
    ],
)
def test_a_wrong_image_or_configuration_says_so(arguments, env, code, words):
    ended, _, err, _ = start(*arguments, **env)
    assert ended == code and words in err
