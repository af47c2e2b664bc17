"""The vault's page and its acts: a new version of the key, a deletion taken back; each with a
row in the audit trail.
"""

import pytest

from environments.kinds import KINDS
from environments.models import ManagedResource
from environments.secrets import vault_acts
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Missing, Refused
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site
from tests.portal.accounts.people import make_cast, sign_in

PAGE = "/environments/dev/vault/"
KEYS = ("vault", "key", "secret.OPENAI_API_KEY")
ADA = "user:ada"


def remember(environment, key, result):
    ManagedResource.objects.update_or_create(
        environment=environment,
        key=key,
        defaults={
            "kind": key,
            "ocid": result["ocid"],
            "name": result["name"],
            "state": result["state"],
            "seen_at": now(),
        }
        | {"facts": result["facts"]},
    )


@pytest.fixture
def site(cast, dev, simulator, settings):
    """Vault, key and one secret in the simulator, as the portal's database knows them."""
    settings.JOB_SETTLE_SECONDS = 0.1
    sdk_clients.reset()
    site = Site(*KEYS)
    site.apply()
    for key, result in site.results.items():
        remember(dev, key, result)
    return site


def ended(job):
    run_until_idle(hurry=True)
    return Job.objects.get(pk=job.pk)


def told(verb):
    return [
        (event.actor, event.subject, event.outcome)
        for event in Event.objects.filter(verb=verb).order_by("id")
    ]


def versions(site):
    found = site.found("key")
    return len(
        site.client.at(found.facts["at"]).pages("kms_management", "list_key_versions", found.ocid)
    )


def test_a_rotated_key_has_one_more_version_and_the_portal_knows_it(site, dev):
    before = site.found("key").facts["version"]
    job = ended(vault_acts.rotate(dev, make_cast().admin))
    assert (job.state, versions(site)) == ("succeeded", 2)
    after = dev.resource("key").facts["version"]
    assert after == site.found("key").facts["version"] != before
    assert told("secret.key_rotate_requested") == [(ADA, "key:dev", "done")]
    assert site.plan() == {}


def test_a_lost_answer_makes_no_second_version(site, dev, simulator):
    simulator.fault("lost", "create_key_version", count=1)
    assert ended(vault_acts.rotate(dev, make_cast().admin)).state == "succeeded"
    assert versions(site) == 2


def test_pressing_twice_rotates_once(site, dev):
    assert (
        vault_acts.rotate(dev, make_cast().admin).pk == vault_acts.rotate(dev, make_cast().admin).pk
    )


def test_a_key_that_is_on_its_way_out_is_not_rotated(site, dev):
    ManagedResource.objects.filter(key="key").update(state="PENDING_DELETION")
    with pytest.raises(Refused, match="key of dev is pending_deletion"):
        vault_acts.rotate(dev, make_cast().admin)


@pytest.mark.parametrize("key", KEYS)
def test_a_deletion_is_taken_back_and_the_plan_finds_nothing_to_do(site, dev, simulator, key):
    KINDS[key.partition(".")[0]].delete(DirectWriter(site), site.found(key))
    simulator.advance(1)
    gone = site.found(key)
    remember(
        dev, key, {"ocid": gone.ocid, "name": gone.name, "state": gone.state, "facts": gone.facts}
    )
    job = ended(vault_acts.recover(dev, key, make_cast().admin))
    assert job.state == "succeeded", job.reason
    assert (
        dev.resource(key).state in ("ACTIVE", "ENABLED")
        and dev.resource(key).facts["timeOfDeletion"] is None
    )
    assert told("secret.deletion_cancel_requested") == [(ADA, f"{key}:dev", "done")]
    with pytest.raises(Refused, match="is not scheduled"):
        vault_acts.recover(dev, key, make_cast().admin)


@pytest.mark.parametrize("key", ["bucket.uploads", "secret.NO_SUCH", "nonsense"])
def test_what_is_in_no_vault_is_told_so(dev, key):
    with pytest.raises(Missing, match="in a vault"):
        vault_acts.recover(dev, key, make_cast().admin)


# --- the page --------------------------------------------------------------------------


@pytest.fixture
def known(dev):
    facts = {"at": "https://kms", "version": "ocid1.keyversion.x", "timeOfDeletion": None}
    dying = {"version": 1, "timeOfDeletion": "2026-12-01T00:00:00+00:00"}
    rows = {
        "vault": ("ACTIVE", {}),
        "key": ("ENABLED", facts),
        "secret.OPENAI_API_KEY": ("PENDING_DELETION", dying),
    }
    for key, (state, shown) in rows.items():
        remember(
            dev, key, {"ocid": f"ocid1.{key}", "name": f"n-{key}", "state": state, "facts": shown}
        )


def test_the_page_shows_the_day_of_a_deletion_and_offers_to_take_it_back(client, cast, dev, known):
    page = sign_in(client, cast.admin).get(PAGE)
    assert "deletion scheduled" in page.text and "2026-12-01" in page.text
    assert (
        f"{PAGE}secret.OPENAI_API_KEY/cancel-deletion/" in page.text
        and f"{PAGE}rotate/" in page.text
    )


def test_who_only_looks_sees_no_button_and_is_refused_behind_it(client, cast, dev, known):
    sign_in(client, cast.readonly)
    assert "cancel-deletion" not in client.get(PAGE).text
    assert client.post(f"{PAGE}rotate/").status_code == 403
    assert client.post(f"{PAGE}secret.OPENAI_API_KEY/cancel-deletion/").status_code == 403
    assert [row[2] for row in told("secret.key_rotate_requested")] == ["refused"]


def test_the_act_is_asked_once_more_and_then_begun(client, cast, dev, known):
    sign_in(client, cast.admin)
    address = f"{PAGE}secret.OPENAI_API_KEY/cancel-deletion/"
    assert "Cancel the deletion in dev" in client.get(address).text
    job = Job.objects.get(pk=client.post(address).url.rstrip("/").rpartition("/")[2])
    assert (job.kind, job.spec["key"]) == ("environments.cancel_deletion", "secret.OPENAI_API_KEY")


def test_a_protected_environment_wants_its_name_typed(client, cast, dev, known):
    dev.protected = True
    dev.save()
    sign_in(client, cast.admin)
    assert client.post(f"{PAGE}rotate/", {"environment": "stage"}).status_code == 400
    assert not Job.objects.exists()
    assert client.post(f"{PAGE}rotate/", {"environment": "dev"}).status_code == 302


def test_the_page_asks_the_database_as_often_for_many_secrets(
    client, cast, dev, known, django_assert_max_num_queries
):
    sign_in(client, cast.admin)
    client.get(PAGE)
    for number in range(20):
        remember(
            dev,
            f"secret.S{number}",
            {"ocid": f"o{number}", "name": "s", "state": "ACTIVE", "facts": {}},
        )
    with django_assert_max_num_queries(12):
        client.get(PAGE)


def test_the_acts_ask_by_themselves_who_may(cast, dev, known):
    with pytest.raises(Forbidden):
        vault_acts.rotate(dev, cast.deployer)
    with pytest.raises(Forbidden):
        vault_acts.recover(dev, "key", cast.readonly)
    assert not Job.objects.exists()
