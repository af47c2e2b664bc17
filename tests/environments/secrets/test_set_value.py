"""Setting a secret: the value reaches Vault and nothing else."""

import base64
import logging

import pytest

from environments.models import ManagedResource, SecretReference
from environments.secrets.set_value import problem, set_value
from portal.audit.models import Event
from portal.cloud.client import Answer
from portal.cloud.errors import NoAnswer, NotAllowed
from portal.lib.clock import now
from portal.lib.refusal import Forbidden
from tests.portal.accounts.people import make_cast, sign_in

VALUE = "postgresql://app:s3cr3t-w0rd@db.internal:5432/conceptlens"


class Vault:
    """A client that keeps what it was given."""

    def __init__(self, error=None, stores=True):
        self.number, self.stored, self.error, self.stores = 1, [], error, stores

    def read(self, service, operation, ocid):
        return Answer({"currentVersionNumber": self.number}, "", "etag-1", "", 200, {})

    def change(self, service, operation, ocid, body, if_match):
        self.generates = body["enableAutoGeneration"]
        if self.stores:
            self.stored.append(base64.b64decode(body["secretContent"]["content"]).decode())
            self.number += 1
        if self.error:
            raise self.error
        return Answer({}, "", "", "", 200, {})


@pytest.fixture
def reference(dev):
    return SecretReference.objects.create(
        environment=dev, name="DATABASE_URL", secret_ocid="ocid1.secret.x"
    )


@pytest.fixture
def vault(monkeypatch):
    def use(vault):
        monkeypatch.setattr("environments.secrets.set_value.client", lambda region: vault)
        monkeypatch.setattr("environments.secrets.set_value.ATTEMPTS", 2)
        return vault

    return use


def trail():
    return [
        (event.outcome, event.subject)
        for event in Event.objects.filter(verb="secret.set").order_by("id")
    ]


def test_it_stores_a_new_version_and_says_who(reference, vault):
    kept = vault(Vault())
    assert set_value(reference, VALUE, make_cast().admin) == 2
    reference.refresh_from_db()
    assert (reference.version_number, reference.set_by, reference.is_placeholder) == (
        2,
        "user:ada",
        False,
    )
    assert kept.stored == [VALUE] and kept.generates is False
    assert trail() == [("admitted", "secret:dev/DATABASE_URL"), ("done", "secret:dev/DATABASE_URL")]


def test_a_lost_answer_is_no_loss_when_vault_shows_the_version(reference, vault):
    vault(Vault(error=NoAnswer("lost")))
    assert set_value(reference, VALUE, make_cast().admin) == 2


def test_an_unknown_outcome_is_said_and_recorded(reference, vault):
    vault(Vault(error=NoAnswer("lost"), stores=False))
    with pytest.raises(NoAnswer):
        set_value(reference, VALUE, make_cast().admin)
    assert [outcome for outcome, _ in trail()] == ["admitted", "unknown"]


def test_a_refusal_by_oci_is_recorded(reference, vault):
    vault(Vault(error=NotAllowed("no"), stores=False))
    with pytest.raises(NotAllowed):
        set_value(reference, VALUE, make_cast().admin)
    assert [outcome for outcome, _ in trail()] == ["admitted", "failed"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "is empty"),
        (f" {VALUE}", "white space"),
        (f"{VALUE}\n", "white space"),
        ("x" * 25_001, "longer than 25000 bytes"),
        ("mysql://app:secret@db/x", "not a database URL"),
        ("postgresql://db/x", "not a database URL"),
        ("postgresql://app:x@db:port/x", "not a database URL"),
        ("postgresql://app:\x00@db/x", "cannot be printed"),
        ("postgres://app:secret@db/x", "write postgresql://"),
        ("postgresql+psycopg://app:secret@db/x", "a driver that the product does not have"),
        ("postgresql://app:p@ss@db:5432/x", "write it as %40"),
        ("postgresql://app:PASSWORD@db:5432/x", "the word PASSWORD"),
        ("postgresql://app:@db:5432/x", "has no password"),
        ("postgresql://app:secret@db:99999/x", "not a database URL"),
        ("postgresql://app:secret@:5432/x", "not a database URL"),
        ("postgresql://app:secret@db:5432/", "names no database"),
        ("postgresql://app:secret@db/x?sslrootcert=/ca.pem", "the parameter sslrootcert"),
    ],
)
def test_bad_values_are_refused_in_words_that_do_not_show_them(value, said):
    assert said in problem("DATABASE_URL", value)


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://app:p%40ss@db.internal:5432/postgres?sslmode=require&channel_binding=prefer",
        "postgresql+asyncpg://app:p#s?s/w@10.20.10.5/postgres",
        "postgresql://app:secret@[fd00::5]:5432/x?timeout=10",
    ],
)
def test_what_the_product_can_use_is_taken(value):
    assert problem("DATABASE_URL", value) == ""


def test_the_page_takes_it_from_an_admin_only(client, cast, reference, vault):
    kept = vault(Vault())
    for who in (cast.deployer, cast.readonly, cast.auditor):
        assert (
            sign_in(client, who)
            .post("/environments/dev/secrets/DATABASE_URL/", {"value": VALUE})
            .status_code
            == 403
        )
    assert kept.stored == []
    assert (
        sign_in(client, cast.admin)
        .post("/environments/dev/secrets/DATABASE_URL/", {"value": VALUE})
        .status_code
        == 302
    )
    assert kept.stored == [VALUE]


def test_the_page_takes_a_fresh_sign_in(client, cast, reference, vault):
    kept = vault(Vault())
    assert (
        sign_in(client, cast.admin, seconds_ago=3600)
        .post("/environments/dev/secrets/DATABASE_URL/", {"value": VALUE})
        .status_code
        == 403
    )
    assert kept.stored == []


def test_a_bad_value_is_refused_on_the_page_with_an_audit_row_and_not_shown_again(
    client, cast, reference, vault
):
    vault(Vault())
    page = sign_in(client, cast.admin).post(
        "/environments/dev/secrets/DATABASE_URL/", {"value": "mysql://app:s3cr3t-w0rd@db/x"}
    )
    assert page.status_code == 400
    assert "not a database URL" in page.text
    assert "s3cr3t-w0rd" not in page.text
    assert trail() == [("refused", "secret:dev/DATABASE_URL")]


def test_the_value_is_in_no_row_log_or_message(client, cast, reference, vault, caplog):
    caplog.set_level(logging.DEBUG)
    vault(Vault())
    page = sign_in(client, cast.admin).post(
        "/environments/dev/secrets/DATABASE_URL/", {"value": VALUE}, follow=True
    )
    assert "is now version 2" in page.text
    assert "s3cr3t-w0rd" not in page.text + caplog.text + str(list(Event.objects.values())) + str(
        SecretReference.objects.values()
    )


def test_the_page_of_the_databases_address_says_what_to_type(client, cast, dev, reference):
    address = "/environments/dev/secrets/DATABASE_URL/"
    sign_in(client, cast.admin)
    assert "There is no database in dev yet" in client.get(address).text
    facts = {"host": "primary.x.postgresql.example", "port": 5432, "user": "conceptlens"}
    ManagedResource.objects.create(
        environment=dev, key="db_system", kind="db_system", ocid="o", facts=facts, seen_at=now()
    )
    page = client.get(address).text
    assert (
        "postgresql://conceptlens:PASSWORD@primary.x.postgresql.example:5432/postgres?sslmode=require"
        in page
    )


def test_the_page_of_the_databases_password_says_what_follows(client, cast, dev):
    SecretReference.objects.create(
        environment=dev, name="DATABASE_PASSWORD", secret_ocid="ocid1.secret.y"
    )
    page = sign_in(client, cast.admin).get("/environments/dev/secrets/DATABASE_PASSWORD/").text
    assert "then set DATABASE_URL" in page


def test_only_an_admin_sets_a_value_whatever_the_page_asked(reference, vault, cast):
    kept = vault(Vault())
    with pytest.raises(Forbidden):
        set_value(reference, VALUE, cast.deployer)
    assert kept.stored == [] and trail() == []
