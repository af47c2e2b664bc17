"""An export is the same bytes for the same state, written by a command or handed out by a
button, and is in the audit trail.
"""

import io
import json
import zipfile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from environments.export.folder import MANIFEST, export_files, zipped
from environments.models import Adoption, ManagedResource
from portal.audit.models import Event
from portal.lib.clock import now
from runbooks.text import shipped_text
from runbooks.triage import TYPES
from tests.environments.build import built, wanted
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def applied(dev):
    observed, ocids = built(
        wanted(owner=dev.owner, cost_center=dev.cost_center, settings=dev.settings)
    )
    rows = [(key, found) for key, found in observed.items()]
    ManagedResource.objects.bulk_create(
        ManagedResource(
            environment=dev,
            key=key,
            kind=key,
            name=found.name,
            ocid=ocids[key],
            facts=found.facts,
            seen_at=now(),
        )
        for key, found in rows
    )
    return dev


def test_two_exports_of_the_same_state_are_the_same_bytes(applied):
    assert zipped(export_files(applied)) == zipped(export_files(applied))


def test_it_needs_no_oci_and_holds_what_a_rebuild_takes(applied):
    contents = export_files(applied)
    assert {
        "README.md",
        "imports.tf.json",
        "network.tf.json",
        "policies.txt",
        "alarms.json",
        "settings.json",
    } <= contents.keys()
    assert contents["runbooks/api-5xx.md"] == shipped_text("api-5xx").encode()
    assert f"[{TYPES['api-5xx'].title}](runbooks/api-5xx.md)".encode() in contents["runbooks.md"]
    assert len(json.loads(contents["imports.tf.json"])["import"]) > 40
    assert b"in compartment id ocid1.compartment" in contents["policies.txt"]
    assert json.loads(contents["settings.json"])["slug"] == "dev"


def test_the_readme_tells_the_order_of_rebuilding(applied):
    lines = export_files(applied)["README.md"].decode().splitlines()
    order = {
        name: number
        for number, line in enumerate(lines)
        if line[:1].isdigit()
        for name in line.split("`")[1::2]
    }
    assert order["compartment"] < order["vcn"] < order["subnet.private"]
    assert order["vault"] < order["key"] < order["secret.DATABASE_URL"]
    assert "the values of secrets" in "\n".join(lines)


def test_an_environment_that_was_never_applied_can_be_exported(dev):
    assert json.loads(export_files(dev)["imports.tf.json"]) == {"import": []}


def test_what_adoption_keeps_is_in_it_as_it_is(applied):
    """A label or a name that OCI cannot change would have Terraform recreate the resource."""
    Adoption.objects.create(
        environment=applied, key="vcn", ocid="ocid1.vcn", kept={"dnsLabel": "neta"}, chosen_by="x"
    )
    Adoption.objects.create(
        environment=applied, key="subnet.public", ocid="x", kept={"dnsLabel": None}, chosen_by="x"
    )
    applied.resources.filter(key="policy.people").update(name="people-of-the-lab")
    contents = export_files(applied)
    network = json.loads(contents["network.tf.json"])["resource"]
    assert network["oci_core_vcn"]["vcn"]["dns_label"] == "neta"
    assert "dns_label" not in network["oci_core_subnet"]["subnet_public"]
    rights = json.loads(contents["rights.tf.json"])["resource"]
    assert rights["oci_identity_policy"]["policy_people"]["name"] == "people-of-the-lab"


def test_no_password_of_the_webhook_is_in_it(applied, settings):
    settings.WEBHOOK_PASSWORD = "sentinel-of-the-webhook"
    assert b"sentinel-of-the-webhook" not in zipped(export_files(applied))
    assert all(
        b"sentinel-of-the-webhook" not in content for content in export_files(applied).values()
    )


def test_the_command_writes_a_folder_and_tells_the_trail(applied, tmp_path, capsys):
    call_command("export_config", "dev", str(tmp_path / "out"))
    assert "start with README.md" in capsys.readouterr().out
    assert {
        name.as_posix()
        for name in [
            p.relative_to(tmp_path / "out") for p in (tmp_path / "out").rglob("*") if p.is_file()
        ]
    } >= {
        "README.md",
        MANIFEST,
        "runbooks/api-5xx.md",
    }
    assert Event.objects.get(verb="config.exported").subject == "environment:dev"


def test_the_command_repeats_itself_and_removes_what_is_no_longer_part(applied, tmp_path):
    call_command("export_config", "dev", str(tmp_path))
    before = (tmp_path / "imports.tf.json").read_bytes()
    stale = json.loads((tmp_path / MANIFEST).read_text())
    (tmp_path / MANIFEST).write_text(json.dumps([*stale, "gone.tf.json", "../kept.txt"]))
    (tmp_path / "gone.tf.json").write_text("{}")
    (tmp_path.parent / "kept.txt").write_text("mine")
    call_command("export_config", "dev", str(tmp_path))
    assert (tmp_path / "imports.tf.json").read_bytes() == before
    assert not (tmp_path / "gone.tf.json").exists()
    assert (tmp_path.parent / "kept.txt").exists()


def test_the_command_leaves_a_folder_with_other_files_alone(applied, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CommandError, match="holds other files") as refused:
        call_command("export_config", "dev", str(tmp_path))
    assert refused.value.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_command_names_the_environments_that_exist(dev, tmp_path):
    with pytest.raises(CommandError, match="There is no environment 'tset'") as refused:
        call_command("export_config", "tset", str(tmp_path))
    assert refused.value.returncode == 2


@pytest.mark.parametrize("who", ["admin", "deployer", "auditor"])
def test_the_button_hands_out_a_zip(client, cast, applied, who):
    answer = sign_in(client, getattr(cast, who)).post("/environments/dev/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="conceptlens-dev.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "README.md" in archive.namelist()
    assert Event.objects.filter(verb="config.exported", outcome="done").count() == 1


def test_the_button_is_not_for_those_who_only_look(client, cast, applied):
    assert sign_in(client, cast.readonly).post("/environments/dev/export/").status_code == 403
    assert Event.objects.filter(verb="config.exported", outcome="refused").count() == 1
