"""The modules that decide are pure: they load without Django, without OCI's SDK and without
settings.
"""

import subprocess
import sys

import pytest

PURE = [
    "releases.requests.plan",
    "releases.deployment.job_specs",
    "releases.deployment.traffic_decision",
    "releases.deployment.migration",
    "releases.scaling.target",
    "releases.smoke.judge",
    "releases.smoke.steps",
    "releases.smoke.conceptlens",
    "releases.smoke.preview",
    "releases.smoke.text",
]
LOAD = (
    "import sys; sys.modules |= {'django': None, 'oci': None}; import importlib; "
    "importlib.import_module(sys.argv[1])"
)


@pytest.mark.parametrize("module", PURE)
def test_it_loads_without_django_and_oci(module):
    done = subprocess.run(
        [sys.executable, "-c", LOAD, module], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
