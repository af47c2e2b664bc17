"""Prints the value of a secret as OCI's console shows it to an operator, ready for an address:
`python -m sandbox.oci.read_secret --credentials FOLDER --endpoint URL COMPARTMENT SECRET`.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path
from urllib.parse import quote

import oci


def main() -> int:
    """Print the current value, percent-encoded as DATABASE_URL wants a password."""
    options = _options()
    config = oci.config.from_file(str(options.credentials / "config"), "operator")
    place = {"service_endpoint": options.endpoint}
    identity = oci.identity.IdentityClient(config, **place)
    compartments = identity.list_compartments(
        config["tenancy"], compartment_id_in_subtree=True, name=options.compartment
    ).data
    if not compartments:
        print(f"there is no compartment {options.compartment}; apply first", file=sys.stderr)
        return 1
    vaults = oci.vault.VaultsClient(config, **place)
    secrets = vaults.list_secrets(compartments[0].id, name=options.secret).data
    if not secrets:
        print(f"{options.compartment} has no secret {options.secret}", file=sys.stderr)
        return 1
    reader = oci.secrets.SecretsClient(config, **place)
    content = reader.get_secret_bundle(secrets[0].id).data.secret_bundle_content.content
    print(quote(base64.b64decode(content).decode(), safe=""))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.oci.read_secret", description=__doc__)
    parser.add_argument("--credentials", type=Path, required=True, help="as the simulator wrote it")
    parser.add_argument("--endpoint", required=True, help="address of the simulator")
    parser.add_argument("compartment", help="such as conceptlens-dev")
    parser.add_argument("secret", help="such as DATABASE_PASSWORD")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
