"""Stored plans and job specs keep their JSON: what people approved before an upgrade has the
same digest after it.
"""

from dataclasses import replace

import pytest

from portal.lib.canonical import digest
from releases.deployment.job_specs import CleanUpSpec, DeploySpec, RollbackSpec, ScaleSpec
from releases.requests.plan import ImageName, InstanceSet, ReleasePlan

API = {
    "tag": "1.4.0",
    "digest": "sha256:a",
    "repository": "conceptlens-dev/api",
    "pushed_at": "2026-11-23T10:00:00Z",
}
BUNDLE = {
    "id": 3,
    "count": 12,
    "digest": "sha256:b",
    "label": "dist.zip",
    "archive": "bundles/b.zip",
    "archive_sha256": "sha256:c",
    "archive_format": "zip",
    "bucket": "conceptlens-dev-backups",
    "size": 1024,
    "api_origin": "https://api.example",
}
OLD = {
    "deployment": 7,
    "release": 5,
    "version": "1.3.0",
    "api": [{"instance": "i0", "backend": "10.0.0.9:8000"}],
    "workers": ["w0"],
}
PLACE = {
    "region": "us-ashburn-1",
    "compartment": "c",
    "subnet": "s",
    "nsg": "n",
    "load_balancer": "lb",
    "backend_set": "api",
    "port": 8000,
    "health_path": "/health",
    "api_url": "http://127.0.0.1",
    "instance_name": "conceptlens-dev-",
    "counts": {"api": 1, "worker": 1},
    "shape": {
        "name": "CI.Standard.E4.Flex",
        "ocpus": {"api": 1, "worker": 1},
        "memory_gb": {"api": 4, "worker": 8},
    },
    "check": {"interval_seconds": 10, "timeout_seconds": 5, "failures": 3},
    "tags": {"project": "conceptlens", "env": "dev", "owner": "ops", "costCenter": "cc-1"},
}
PLAN = {
    "version": "1.4.0",
    "git_sha": "abcdef1",
    "images": {"api": API, "worker": {**API, "repository": "conceptlens-dev/worker"}},
    "alembic_head": "c3",
    "bundle": BUNDLE,
    "environment": "dev",
    "approvals_needed": 0,
    "approvers": "deployers",
    "previous": {
        **OLD,
        "images": {"api": {"tag": "1.3.0", "digest": "sha256:d"}},
        "git_sha": "abcdef0",
    },
    "retire": [{**OLD, "deployment": 6, "version": "1.2.0"}],
    "place": PLACE,
    "variables": {"APP_ENV": "production"},
    "secrets": [{"name": "DATABASE_URL", "ocid": "ocid1.secret", "version": 2}],
    "worker_command": ["python", "-m", "app.workers.compute_worker"],
    "migration": {"head": "c3", "command": ["python", "-c", "...", "c3"]},
    "frontend": {
        "bucket": "conceptlens-dev-frontend-static",
        "namespace": "ns",
        "provider": "object",
        "url": "https://app.example/",
        "api_origin": "https://api.example",
        "cors": ["https://app.example"],
        "purge": {"url": "", "secret": ""},
        "keep_days": 30,
        "previous": None,
    },
    "signing": {"key": "ocid1.key", "vault": "ocid1.vault"},
    "steps": [{"name": "check_images", "label": "Check that both images are the same"}],
}
EARLY = {
    name: PLAN[name] for name in PLAN if name not in ("bundle", "frontend", "signing", "migration")
}
EMPTY = {
    **PLAN,
    "bundle": None,
    "frontend": None,
    "signing": None,
    "migration": None,
    "previous": None,
}


@pytest.mark.parametrize(
    "stored",
    [PLAN, EARLY, EMPTY, {"place": {"region": "us-ashburn-1"}}, {**PLAN, "later": {"a": [1]}}],
    ids=[
        "whole",
        "before there were bundles",
        "empty parts",
        "of a smoke test",
        "of a later version",
    ],
)
def test_a_stored_plan_is_written_as_it_was_read(stored):
    written = ReleasePlan.from_json(stored).as_json()
    assert written == stored and digest(written) == digest(stored)


def test_a_part_that_was_replaced_is_written_whatever_was_read():
    plan = replace(
        ReleasePlan.from_json(EARLY), alembic_head="", retire=[InstanceSet(1, 2, "1.1.0")]
    )
    written = plan.as_json()
    assert written["alembic_head"] == "" and written["retire"][0]["version"] == "1.1.0"
    assert written["place"] == PLACE and "bundle" not in written


def test_a_plan_is_read_by_name():
    plan = ReleasePlan.from_json(PLAN)
    assert plan.images["api"].name == "conceptlens-dev/api:1.4.0"
    assert plan.old.backends == ["10.0.0.9:8000"] and plan.place.shape.memory_gb["worker"] == 8
    assert plan.previous.images["api"] == ImageName("1.3.0", "sha256:d")
    assert ReleasePlan.from_json({}).old.version == ""


@pytest.mark.parametrize(
    ("spec", "stored"),
    [
        (DeploySpec, {"release": 1, "deployment": 2, "digest": "sha256:a", "plan": PLAN}),
        (
            RollbackSpec,
            {
                "mode": "instant",
                "from": OLD,
                "to": OLD,
                "reason": "slow",
                "incident": "7",
                "plan": {"place": PLACE, "bundle": None, "frontend": None},
                "deployment": 2,
            },
        ),
        (
            ScaleSpec,
            {
                "plan": PLAN,
                "deployment": 2,
                "version": "1.4.0",
                "remove": {"api": OLD["api"], "worker": ["w0"]},
                "settings": {"api_instances": 2},
                "reason": "",
            },
        ),
        (CleanUpSpec, {"plan": {"place": PLACE}, "retire": [OLD]}),
    ],
)
def test_a_stored_job_spec_is_written_as_it_was_read(spec, stored):
    assert spec.from_json(stored).as_json() == stored
