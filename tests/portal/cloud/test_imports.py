"""Only the cloud package knows the SDK, and it imports no more of it than it uses."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ("portal", "environments", "releases", "runbooks")
IMPORT = re.compile(r"^\s*(?:import|from)\s+(?:oci|circuitbreaker)\b", re.MULTILINE)


def test_only_portal_cloud_imports_the_sdk():
    found = {
        path.relative_to(ROOT).parts[:2]
        for folder in PRODUCT
        for path in (ROOT / folder).rglob("*.py")
        if IMPORT.search(path.read_text())
    }
    assert found == {("portal", "cloud")}


def test_using_one_service_imports_no_other():
    code = """
import sys
from portal.cloud.sdk_clients import client_class
client_class("identity")
names = ("oci.core", "oci.vault", "oci.database", "oci.load_balancer")
print(sorted(name for name in names if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
