"""The database system: its password comes from Vault, it grows in place, and nothing makes it
anew or deletes it by the way.
"""

import pytest

from environments.kinds import KINDS
from portal.lib.refusal import Refused
from tests.environments.build import wanted
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site

KEY = "db_system"
PASSWORD = "secret.DATABASE_PASSWORD"


@pytest.fixture
def site(simulator):
    simulator.control("POST", "/clock", {"scale": 0.02})
    site = Site(KEY)
    assert site.apply() == {}
    return site


def later(site, **edited):
    """Return the site after somebody edited the settings."""
    other = Site(KEY, settings=edited)
    other.remembered, other.results = site.remembered, site.results
    return other


def test_it_stands_in_the_private_subnet_and_tells_where_clients_find_it(site):
    known = {key: result["ocid"] for key, result in site.results.items()}
    found = site.found(KEY)
    assert found.wire["networkDetails"]["subnetId"] == known["subnet.private"]
    assert found.wire["networkDetails"]["nsgIds"] == [known["nsg.db"]]
    assert found.wire["storageDetails"]["isRegionallyDurable"] is True
    facts = site.results[KEY]["facts"]
    assert facts["host"].startswith("primary.") and (facts["port"], facts["user"]) == (
        5432,
        "conceptlens",
    )


def test_its_password_is_a_version_of_a_secret_that_vault_made_up(site):
    secret = site.client.read("vaults", "get_secret", site.results[PASSWORD]["ocid"]).data
    assert secret["isAutoGenerationEnabled"] is True
    assert site.found(KEY).wire["freeformTags"]["portal-login"] == f"{secret['id']}@1"


def test_a_new_version_of_the_secret_becomes_the_new_password(site):
    content = {"contentType": "BASE64", "content": "TmV3LXBhc3N3b3JkLTQ3MTE="}
    site.client.change(
        "vaults",
        "update_secret",
        site.results[PASSWORD]["ocid"],
        {"secretContent": content, "enableAutoGeneration": False},
    )
    site.remembered.pop(PASSWORD)
    change = site.plan()[KEY]
    assert (change.action, [difference.field for difference in change.differences]) == (
        "update",
        ["login"],
    )
    site.converge(site.changes[PASSWORD])
    calls = site.converge(change).calls
    assert (calls[0], calls[-1]) == ("reset_master_user_password", "update_db_system")
    assert site.plan() == {}


def test_one_that_never_told_its_password_keeps_it(site):
    tags = {
        name: value
        for name, value in site.found(KEY).wire["freeformTags"].items()
        if name != "portal-login"
    }
    site.client.change("psql", "update_db_system", site.found(KEY).ocid, {"freeformTags": tags})
    assert site.plan() == {}


@pytest.mark.parametrize(
    ("edited", "field"),
    [
        ({"db_ocpus": 4, "db_memory_gb": 64}, "instanceOcpuCount"),
        ({"db_instances": 3}, "instanceCount"),
        ({"db_backup_days": 30}, "managementPolicy"),
        ({"db_deletion_protection": True}, "freeformTags"),
    ],
)
def test_it_grows_and_changes_its_upkeep_in_place(site, edited, field):
    other = later(site, **edited)
    change = other.plan()[KEY]
    assert change.action == "update" and field in [
        difference.field for difference in change.differences
    ]
    other.converge(change)
    assert KEY not in other.plan()
    back = later(site)
    back.converge(back.plan()[KEY])
    assert KEY not in back.plan()


@pytest.mark.parametrize(
    ("edited", "field"),
    [({"db_version": "16"}, "dbVersion"), ({"db_user": "somebody"}, "adminUsername")],
)
def test_what_would_take_a_new_one_is_refused_with_what_to_do_instead(site, edited, field):
    change = later(site, **edited).plan()[KEY]
    assert change.action == "refuse"
    assert f"OCI cannot change {field} of a database system in place" in change.reason
    assert "Restore the setting" in change.reason and "delete" not in change.reason


def test_a_protected_one_is_not_deleted(site):
    protected = later(site, db_deletion_protection=True)
    protected.converge(protected.plan()[KEY])
    with pytest.raises(Refused, match="protected from deletion"):
        KINDS[KEY].delete(DirectWriter(site), protected.found(KEY))
    back = later(site)
    back.converge(back.plan()[KEY])
    KINDS[KEY].delete(DirectWriter(site), site.found(KEY))
    assert site.found(KEY) is None


def test_prod_has_two_instances_a_month_of_backups_and_protection():
    fields = next(want for want in wanted(slug="prod", position=3) if want.key == KEY).fields
    assert fields["instanceCount"] == 2
    assert fields["managementPolicy"]["backupPolicy"]["retentionDays"] == 35
    assert fields["managementPolicy"]["pitrPolicy"] == {"kind": "STANDARD", "restoreDays": 35}
    assert fields["freeformTags"]["portal-deletion"] == "protected"


@pytest.mark.parametrize(
    ("kind", "days"), [("WEEKLY", "daysOfTheWeek"), ("MONTHLY", "daysOfTheMonth")]
)
def test_a_backup_that_is_not_daily_says_its_day(kind, days):
    fields = next(
        want for want in wanted(settings={"db_backup_kind": kind}) if want.key == KEY
    ).fields
    assert fields["managementPolicy"]["backupPolicy"][days]


@pytest.mark.parametrize(
    "edited",
    [
        {"db_ocpus": 4},
        {"db_memory_gb": 64},
        {"db_shape": "PostgreSQL.VM.Standard.E5.Flex"},
        {"db_shape": "PostgreSQL.VM.Standard.E5.Flex", "db_ocpus": 8, "db_memory_gb": 128},
    ],
)
def test_a_change_of_size_is_sent_as_the_whole_that_oci_wants(site, edited):
    other = later(site, **edited)
    other.converge(other.plan()[KEY])
    assert KEY not in other.plan()
    back = later(site)
    back.converge(back.plan()[KEY])


def test_a_database_that_oci_says_needs_attention_is_shown_and_left_as_it_is(site, simulator):
    ocid = site.results[KEY]["ocid"]
    simulator.control("POST", "/states", {"id": ocid, "state": "NEEDS_ATTENTION"})
    change = site.plan()[KEY]
    assert (change.action, change.state) == ("attention", "NEEDS_ATTENTION")
    assert "make a backup" in change.reason and "delete" not in change.reason


def test_a_stopped_database_is_no_state_as_wanted(site):
    site.client.change("psql", "stop_db_system", site.results[KEY]["ocid"])
    while site.found(KEY).state == "UPDATING":
        pass
    assert "Start it in the OCI console" in site.plan()[KEY].reason


@pytest.mark.parametrize(
    "shown",
    [
        "PostgreSQL.VM.Standard.E4.Flex",
        "VM.Standard.E4.Flex",
        "PostgreSQL.VM.Standard.E4.Flex.2.32GB",
        "VM.Standard.E4.Flex.16.256GB",
    ],
)
def test_a_shape_is_the_same_however_oci_writes_it(shown):
    found = KINDS["db_system"].from_wire({"id": "ocid1.db", "shape": shown})
    assert found.wire["shape"] == "PostgreSQL.VM.Standard.E4.Flex"
