"""Breaks (or heals) the product in the sandbox: `python -m sandbox.oci.misbehave --control URL
conceptlens-dev`.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request

MODES = ("errors", "slow", "unhealthy", "hang", "crash", "healthy")
_straight = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # a proxy does not know our loopback addresses


def main() -> int:
    """Tell the simulator, print what was hit."""
    options = _options()
    wanted = {"compartment": options.compartment, "mode": options.mode, "all": options.all}
    request = urllib.request.Request(  # noqa: S310 - the address is configuration
        f"{options.control.rstrip('/')}/break", method="POST", data=json.dumps(wanted).encode()
    )
    try:
        with _straight.open(request, timeout=20) as answer:
            hit = json.load(answer)
    except urllib.error.HTTPError as error:
        print(f"the simulator refused: {json.load(error).get('error')}", file=sys.stderr)
        return 1
    except urllib.error.URLError as error:
        print(f"no simulator answers at {options.control}: {error.reason}", file=sys.stderr)
        return 1
    for row in hit:
        print(
            f"{options.mode}: {row['image'].rpartition('/')[2]} in {row['compartment']}"
            f" ({row['instance'][-12:]})"
        )
    if not hit:
        print(
            f"nothing of the product runs in {options.compartment}: deploy a release first",
            file=sys.stderr,
        )
    return 0 if hit else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.oci.misbehave", description=__doc__)
    parser.add_argument("--control", required=True, help="address of the simulator's control port")
    parser.add_argument("compartment", help="such as conceptlens-dev")
    parser.add_argument("--mode", default="errors", choices=MODES)
    parser.add_argument(
        "--all", action="store_true", help="what stands by, too, not only what has the traffic"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
