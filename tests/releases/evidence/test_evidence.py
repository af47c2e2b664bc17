"""The evidence of a deployment verifies offline, is the same bytes each time, names every
change, holds no secret.
"""

import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse

from portal.audit import verifier
from portal.audit.verbs import Verb
from portal.jobs.models import Call, JobLog, StepRow
from portal.lib.clock import now
from portal.lib.refusal import Forbidden
from releases.approvals import decide
from releases.evidence import pack
from releases.models import ContainerLog, Deployment, SmokeRun, SmokeTest
from tests.portal.accounts.people import sign_in
from tests.releases.builders import requested

CANARY = "canary-value-of-a-secret"
pytestmark = pytest.mark.django_db


@pytest.fixture
def deployment(stage, cast):
    """Return a deployment that was asked for, agreed to and begun, with a ledger, a log and a
    smoke test.
    """
    release = requested(stage, cast.deployer, "1.5.0")
    _, job = decide.approve(release.pk, cast.admin, digest=release.digest, comment="looks good")
    found = Deployment.objects.get(job=job)
    step = job.step_rows.order_by("position")[1]
    intent = {
        "token": "t" * 20,
        "request_digest": "sha256:0",
        "intent_at": now(),
        "outcome": "done",
    }
    Call.objects.create(
        step=step,
        label="create",
        service="container_instances",
        operation="create",
        request_id="oci-request-7",
        **intent,
    )
    StepRow.objects.filter(pk=step.pk).update(result={"password": CANARY})
    JobLog.objects.create(
        job=job, step=step.name, line=f"postgresql://app:{CANARY}@db/conceptlens answers"
    )
    ContainerLog.objects.create(
        environment=stage,
        deployment=found,
        job=job,
        instance="i",
        container="c",
        name="migrate",
        exit_code=0,
        text="Running 4f2",
    )
    results = [{"name": "health", "state": "passed", "api_key": CANARY}]
    version = SmokeTest.objects.for_environment(stage).versions.get()
    fields = {
        "version": version,
        "passed": True,
        "words": "1 step passed",
        "results": results,
        "started_at": now(),
    }
    SmokeRun.objects.create(environment=stage, deployment=found, **fields)
    return found


def write(files, folder):
    """Unpack a pack's files below a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_an_unpacked_pack_verifies_with_its_own_verifier_and_nothing_else(
    deployment, cast, tmp_path
):
    folder = write(pack.make_pack(deployment, cast.auditor), tmp_path)
    command = [sys.executable, "-I", "-S", "verifier.py", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"of deployment:{deployment.pk} (1.5.0 in stage) are as they were packed" in done.stdout
    assert deployment.release.digest in done.stdout and "pin it with --key" in done.stdout


def test_it_holds_request_approval_plan_ledger_logs_test_and_rows(deployment, cast):
    files = pack.make_pack(deployment, cast.auditor)
    assert json.loads(files["request.json"])["requested_by"] == "dan"
    assert [(one["approver"], one["comment"]) for one in json.loads(files["approvals.json"])] == [
        ("ada", "looks good")
    ]
    job = files[f"jobs/{deployment.job_id}.json"].decode()
    assert "oci-request-7" in job and "check_images" in job
    (index,) = json.loads(files["logs/index.json"])
    assert index["name"] == "migrate" and files[f"logs/{index['id']}.txt"] == b"Running 4f2"
    assert json.loads(files["smoke.json"])[0]["version"]["number"] == 1
    rows = [json.loads(line)["event"]["verb"] for line in files["audit/rows.ndjson"].splitlines()]
    assert {"release.approved", "release.deploy_requested", "job.submitted"} <= set(rows)


def test_the_same_state_is_the_same_bytes_whoever_asks_and_whatever_happens_elsewhere(
    deployment, cast, prod
):
    first = b"".join(pack.zipped(pack.make_pack(deployment, cast.auditor), folder="evidence"))
    requested(prod, cast.deployer)
    again = b"".join(pack.zipped(pack.make_pack(deployment, cast.admin), folder="evidence"))
    assert first == again
    JobLog.objects.create(job=deployment.job, line="more happened")
    assert b"".join(pack.zipped(pack.make_pack(deployment, cast.admin), folder="evidence")) != first


def test_no_secret_is_in_it(deployment, cast):
    files = pack.make_pack(deployment, cast.auditor)
    assert [name for name, data in files.items() if CANARY.encode() in data] == []


def test_each_export_is_a_row_of_the_trail_with_the_digest_of_what_was_taken(
    deployment, cast, audited
):
    pack.make_pack(deployment, cast.auditor)
    pack.make_pack(deployment, cast.deployer)
    rows = audited(Verb.EVIDENCE)
    assert [row[0] for row in rows] == ["user:audrey", "user:dan"]
    assert rows[0][2]["manifest"] == rows[1][2]["manifest"]


@pytest.mark.parametrize("who", ["readonly", "stranger"])
def test_those_who_only_look_do_not_take_it(deployment, cast, who, client):
    with pytest.raises(Forbidden, match="download the evidence of deployment"):
        pack.make_pack(deployment, getattr(cast, who))
    sign_in(client, getattr(cast, who))
    for address in (
        reverse("deployment-evidence", args=[deployment.pk]),
        f"/api/v1/deployments/{deployment.pk}/evidence",
    ):
        assert client.get(address).status_code in (401, 403)


@pytest.mark.parametrize("door", ["page", "rest"])
def test_page_and_rest_send_the_zip_and_it_verifies_as_it_is(
    deployment, cast, client, door, tmp_path, capsys
):
    addresses = {"page": reverse("deployment-evidence", args=[deployment.pk])}
    addresses["rest"] = f"/api/v1/deployments/{deployment.pk}/evidence"
    answer = sign_in(client, cast.auditor).get(addresses[door])
    content = b"".join(answer.streaming_content)
    assert (
        answer["Content-Type"] == "application/zip"
        and f"evidence-stage-{deployment.pk}.zip" in answer["Content-Disposition"]
    )
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert f"evidence-stage-{deployment.pk}/manifest.json" in names
    (tmp_path / "e.zip").write_bytes(content)
    assert verifier.main([str(tmp_path / "e.zip")]) == 0 and capsys.readouterr().out.startswith(
        "OK:"
    )
    assert (
        sign_in(client, cast.auditor)
        .get(addresses[door].replace(str(deployment.pk), "999"))
        .status_code
        == 404
    )


@pytest.fixture
def packed(deployment, cast):
    """Return the files of a pack."""
    return pack.make_pack(deployment, cast.auditor)


def said(files, tmp_path, capsys, *more):
    """Return what the verifier says of these files, and that it is not content."""
    assert verifier.main([str(write(files, tmp_path)), *more]) == 1
    return capsys.readouterr().out


def test_a_changed_byte_in_any_file_is_named(packed, tmp_path, capsys):
    chance = random.Random(7)
    write(packed, tmp_path)
    for name, data in packed.items():
        for _ in range(6):
            place = chance.randrange(len(data)) if data else 0
            other = (
                data[:place]
                + bytes([(data[place] if data else 0) ^ chance.randrange(1, 256)])
                + data[place + 1 :]
            )
            (tmp_path / name).write_bytes(other)
            assert verifier.main([str(tmp_path)]) == 1, (name, place)
            assert name in capsys.readouterr().out, (name, place)
        (tmp_path / name).write_bytes(data)
    assert verifier.main([str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files.pop("smoke.json"), "smoke.json is missing"),
        (lambda files: files.update({"extra.txt": b"x"}), "extra.txt does not belong to the pack"),
        (lambda files: files.pop("seal.json"), "seal.json is missing: this is no evidence pack"),
        (
            lambda files: files.update({"manifest.json": b"{}"}),
            "manifest.json was changed: the signed row",
        ),
        (
            lambda files: files.update({"approvals.json": b"[]", "request.json": b"{}"}),
            "approvals.json was changed; request.json",
        ),
    ],
)
def test_what_is_missing_added_or_put_in_another_place_is_named(
    packed, tmp_path, capsys, change, words
):
    files = dict(packed)
    change(files)
    assert words in said(files, tmp_path, capsys)


def test_a_forger_who_writes_a_manifest_anew_lacks_the_signed_row(packed, tmp_path, capsys):
    files = {**packed, "approvals.json": b"[]\n"}
    manifest = json.loads(files["manifest.json"])
    manifest["files"]["approvals.json"] = verifier.hashlib.sha256(b"[]\n").hexdigest()
    files["manifest.json"] = verifier.canonical(manifest)
    assert "manifest.json was changed: the signed row" in said(files, tmp_path, capsys)
    seal = json.loads(files["seal.json"])
    seal["event"]["detail"]["manifest"] = (
        "sha256:" + verifier.hashlib.sha256(files["manifest.json"]).hexdigest()
    )
    files["seal.json"] = verifier.canonical(seal)
    assert "seal.json was changed: its row is not one that its head signs" in said(
        files, tmp_path, capsys
    )


def test_a_pinned_key_refuses_a_pack_of_another_portal(packed, tmp_path, capsys):
    assert "signed by another key" in said(packed, tmp_path, capsys, "--key", "00" * 32)


def test_the_verifier_in_the_pack_is_the_one_that_the_portal_uses(packed, tmp_path, capsys):
    assert verifier.main([str(write(packed, tmp_path))]) == 0
    assert Path(verifier.__file__).read_bytes() == packed["verifier.py"]
    assert "rows are in the trail" in capsys.readouterr().out
