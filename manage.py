#!/usr/bin/env python
"""Run a management command of the portal."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from django.core.management import execute_from_command_line

SANDBOX = Path(__file__).resolve().parent / ".sandbox" / "env"


def main() -> None:
    """Run the command; `sandbox` and `new_keys` come first, because they make what the
    settings are read from.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:2] == ["sandbox"]:
        if not find_spec("sandbox"):
            sys.exit("This is a server's installation: it has no sandbox.")
        from sandbox.command import main as sandbox

        sys.exit(sandbox(sys.argv[2:]))
    if sys.argv[1:2] == ["new_keys"]:
        from portal.new_keys import main as new_keys

        sys.exit(new_keys(sys.argv[2:]))
    if not {"DATABASE_URL", "DATABASE_URL_FILE"} & os.environ.keys() and SANDBOX.exists():
        for line in SANDBOX.read_text().splitlines():  # the sandbox that runs here
            name, _, value = line.partition("=")
            os.environ[name] = value
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
