"""Accept a difference: the settings follow what was found, unless no plan would accept them."""

import json

import pytest

from environments.adoption.choose import choose
from environments.drift.accept import accept
from environments.models import Discovery, DriftItem, Environment
from portal.audit.models import Event
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Invalid, Refused

pytestmark = pytest.mark.django_db


def item(environment, settings):
    return DriftItem.objects.create(
        environment=environment,
        sort="changed",
        key="lifecycle.backups",
        kind="lifecycle",
        field="items",
        settings=settings,
        who="operator",
        first_seen=now(),
        last_seen=now(),
    )


def test_it_changes_settings_and_tags_with_one_row_in_the_trail(dev, cast):
    found = item(dev, {"backups_days": 40, "owner": "another-team"})
    accept(found, cast.admin)
    dev.refresh_from_db(), found.refresh_from_db()
    assert (dev.setting("backups_days"), dev.owner) == (40, "another-team")
    assert found.taken_over_by == cast.admin.actor
    detail = json.loads(Event.objects.get().body)["detail"]
    assert detail == {
        "field": "items",
        "found_made_by": "operator",
        "settings": {
            "backups_days": {"before": 90, "after": 40},
            "owner": {"before": "platform-team", "after": "another-team"},
        },
    }


def test_settings_that_no_plan_of_prod_accepts_are_refused_and_not_stored(prod, cast):
    found = item(prod, {"backups_days": 20})
    with pytest.raises(Invalid, match="backups_days: 20 must be more than backups_keep_days 30"):
        accept(found, cast.admin)
    found.refresh_from_db()
    assert Environment.objects.get(slug="prod").setting("backups_days") == 365
    assert found.taken_over_by == ""


def test_the_network_of_another_environment_is_not_accepted(dev, prod, cast):
    with pytest.raises(Invalid, match=r"vcn_cidr: .* must not overlap '10.20.0.0/16' of dev"):
        accept(item(prod, {"vcn_cidr": "10.20.0.0/16"}), cast.admin)


def test_it_takes_an_admin_and_a_setting(dev, cast):
    with pytest.raises(Forbidden):
        accept(item(dev, {"backups_days": 40}), cast.deployer)
    DriftItem.objects.all().delete()
    with pytest.raises(Refused, match="cannot be accepted: no setting controls it"):
        accept(item(dev, {}), cast.admin)


def test_adoption_stores_no_settings_that_no_plan_of_prod_accepts(prod, cast):
    Discovery.objects.create(environment=prod, at=now(), settings={"backups_days": 20})
    with pytest.raises(Invalid, match="backups_days: 20 must be more than backups_keep_days 30"):
        choose(prod, {}, settings=True, actor=cast.admin.actor)
    assert Environment.objects.get(slug="prod").setting("backups_days") == 365
