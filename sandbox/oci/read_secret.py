"""Prints the value of a secret as an operator reads it, ready for an address:
`python -m sandbox.oci.read_secret --credentials FOLDER --endpoint URL COMPARTMENT SECRET`.

It asks by the real `oci` command line.
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

CONTENT = 'data."secret-bundle-content".content'
TREE = ("--compartment-id-in-subtree", "true")


class Absent(Exception):
    """What was asked for is not there."""


def main() -> int:
    """Print the current value, percent-encoded as DATABASE_URL wants a password."""
    options = _options()
    try:
        content = _read(options)
    except Absent as error:
        print(error, file=sys.stderr)
        return 1
    print(quote(base64.b64decode(content).decode(), safe=""))
    return 0


def _read(options: argparse.Namespace) -> str:
    compartment, secret = options.compartment, options.secret
    place = _ask(options, "data[0].id", "iam", "compartment", "list", *TREE, "--name", compartment)
    if not place:
        raise Absent(f"There is no compartment {compartment}: plan and apply first.")
    named = ("--compartment-id", place, "--name", secret)
    ocid = _ask(options, "data[0].id", "vault", "secret", "list", *named)
    if not ocid:
        raise Absent(f"{compartment} has no secret {secret}.")
    return _ask(options, CONTENT, "secrets", "secret-bundle", "get", "--secret-id", ocid)


def _ask(options: argparse.Namespace, query: str, *words: str) -> str:
    """Return one text of an answer, empty when there is none."""
    where = ["--config-file", str(options.credentials / "config"), "--profile", "operator"]
    where += ["--endpoint", options.endpoint, "--query", query, "--raw-output"]
    asked = subprocess.run(
        [sys.executable, "-m", "oci_cli.cli", *words, *where],
        env={**os.environ, "SUPPRESS_LABEL_WARNING": "True"},
        capture_output=True,
        text=True,
    )
    if asked.returncode:
        raise Absent(asked.stderr.strip()[-400:])
    return asked.stdout.strip()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.oci.read_secret", description=__doc__)
    parser.add_argument("--credentials", type=Path, required=True, help="as the simulator wrote it")
    parser.add_argument("--endpoint", required=True, help="address of the simulator")
    parser.add_argument("compartment", help="such as conceptlens-dev")
    parser.add_argument("secret", help="such as DATABASE_PASSWORD")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
