"""The real `oci` command line works on the simulator."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OCI = Path(sys.executable).with_name("oci")


@pytest.fixture
def oci_cli(simulator, simulator_process):
    state = Path(
        simulator_process.process.args[simulator_process.process.args.index("--state") + 1]
    )
    environment = {
        **os.environ,
        "OCI_CLI_ENDPOINT": simulator.endpoint,
        "OCI_CLI_CONFIG_FILE": str(state.parent / "client" / "config"),
        "OCI_CLI_PROFILE": "operator",
        "SUPPRESS_LABEL_WARNING": "True",
    }

    def run(*words: str):
        done = subprocess.run(
            [str(OCI), *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    run.folder = state.parent / "client"
    return run


def test_it_waits_for_a_vcn_lists_and_updates_it(oci_cli, estate):
    make = (
        "network",
        "vcn",
        "create",
        "--compartment-id",
        estate.compartment,
        "--cidr-blocks",
        '["10.0.0.0/16"]',
    )
    made = oci_cli(*make, "--display-name", "by-hand", "--wait-for-state", "AVAILABLE")["data"]
    assert made["lifecycle-state"] == "AVAILABLE"
    listed = oci_cli(
        "network",
        "vcn",
        "list",
        "--compartment-id",
        estate.compartment,
        "--all",
        "--page-size",
        "1",
    )["data"]
    assert [vcn["display-name"] for vcn in listed] == ["by-hand"]
    assert made["defined-tags"]["Oracle-Tags"]["CreatedBy"] == "default/operator"


def test_it_puts_and_gets_an_object(oci_cli, estate, tmp_path):
    estate.bucket()
    (tmp_path / "in").write_text("hello")
    oci_cli(
        "os",
        "object",
        "put",
        "--bucket-name",
        "uploads",
        "--name",
        "a/b",
        "--file",
        str(tmp_path / "in"),
    )
    oci_cli(
        "os",
        "object",
        "get",
        "--bucket-name",
        "uploads",
        "--name",
        "a/b",
        "--file",
        str(tmp_path / "out"),
    )
    assert (tmp_path / "out").read_text() == "hello"


def test_the_password_of_a_database_is_read_ready_for_its_address(oci_cli, simulator, estate):
    vault = estate.vault()
    place = {"compartmentId": estate.compartment, "vaultId": vault.id}
    content = {"contentType": "BASE64", "content": base64.b64encode(b"a/b@c").decode()}
    named = {"keyId": estate.key(vault).id, "secretName": "DATABASE_PASSWORD"}
    estate.clients.secrets.create_secret({**place, **named, "secretContent": content})
    words = ["--credentials", oci_cli.folder, "--endpoint", simulator.endpoint, "conceptlens-dev"]
    program = [sys.executable, "-m", "sandbox.oci.read_secret", *words]
    done = subprocess.run([*program, "DATABASE_PASSWORD"], capture_output=True, text=True)
    assert done.stdout == "a%2Fb%40c\n", done.stderr
    done = subprocess.run([*program, "OTHER"], capture_output=True, text=True)
    assert done.returncode == 1 and "no secret OTHER" in done.stderr
