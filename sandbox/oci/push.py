"""Pushes an image to the simulated registry: `python -m sandbox.oci.push --control URL REPOSITORY
TAG`.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request

MIGRATIONS = ("oneway", "failmigration", "left", "branches", "merged")
BEHAVIOURS = ("healthy", "errors", "slow", "crash", "unhealthy", "hang", *MIGRATIONS)


def main() -> int:
    """Push one image and print what the registry says of it."""
    options = _options()
    behaviour, tag = options.behaviour, options.tag
    if behaviour != "healthy" and not tag.endswith(f"-{behaviour}"):
        tag = f"{tag}-{behaviour}"
    wanted = {"repository": options.repository, "tag": tag, "behaviour": behaviour}
    request = urllib.request.Request(  # noqa: S310 - the address is configuration
        f"{options.control.rstrip('/')}/images", method="POST", data=json.dumps(wanted).encode()
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - the operator names the address
            print(json.dumps(json.load(answer), indent=2))
    except urllib.error.HTTPError as error:
        print(f"the registry refused the image: {json.load(error).get('error')}", file=sys.stderr)
        return 1
    except urllib.error.URLError as error:
        print(f"no simulator answers at {options.control}: {error.reason}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.oci.push", description=__doc__)
    parser.add_argument("--control", required=True, help="address of the simulator's control port")
    parser.add_argument("repository", help="such as conceptlens-dev/api")
    parser.add_argument("tag", help="such as 1.4.0; a behaviour is added to it")
    parser.add_argument("--behaviour", default="healthy", choices=BEHAVIOURS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
