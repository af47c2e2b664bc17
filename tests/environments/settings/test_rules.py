"""Settings: every refusal names the field, the value and the rule."""

import pytest

from environments.settings.rules import EnvironmentSettings
from environments.settings.schema import SETTINGS


def problems(settings, position=1):
    return [str(problem) for problem in EnvironmentSettings(settings, position).problems()]


def test_no_settings_at_all_are_fine():
    assert problems({}) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"vcn_cidr": "10.20.0.0/8"}, "vcn_cidr: '10.20.0.0/8' must be an IPv4 network"),
        ({"vcn_cidr": "10.0.0.0/8"}, "vcn_cidr: '10.0.0.0/8' must be between /16 and /24"),
        ({"vcn_cidr": "8.8.0.0/16"}, "vcn_cidr: '8.8.0.0/16' must be a private network"),
        *[
            ({"vcn_cidr": net}, "must be a private network (10/8, 172.16/12 or 192.168/16)")
            for net in (
                *("169.254.0.0/16", "127.0.0.0/16", "0.0.0.0/16", "198.18.0.0/16"),
                *("240.0.0.0/16", "100.64.0.0/16", "192.0.0.0/24", "172.32.0.0/16"),
            )
        ],
        ({"vcn_cidr": 5}, "vcn_cidr: 5 must be an IPv4 network"),
        ({"listener_port": 0}, "listener_port: 0 must be a whole number from 1 to 65535"),
        ({"listener_port": True}, "listener_port: True must be a whole number"),
        ({"listener_port": "80"}, "listener_port: '80' must be a whole number"),
        ({"health_path": "health"}, "health_path: 'health' must be a path"),
        ({"versioned_uploads": "yes"}, "versioned_uploads: 'yes' must be true or false"),
        ({"colour": "red"}, "colour: there is no such setting"),
        (
            {"public_subnet_cidr": "10.99.0.0/24"},
            "public_subnet_cidr: '10.99.0.0/24' must lie inside vcn_cidr '10.20.0.0/16'",
        ),
        (
            {"public_subnet_cidr": "10.20.0.0/30"},
            "public_subnet_cidr: '10.20.0.0/30' must be between /16 and /28",
        ),
        (
            {"private_subnet_cidr": "10.20.0.128/25"},
            "private_subnet_cidr: '10.20.0.128/25' must not overlap public_subnet_cidr",
        ),
        ({"lb_min_mbps": 100}, "lb_max_mbps: 10 must not be below lb_min_mbps 100"),
        ({"db_version": "9"}, "db_version: '9' must be one of: 14, 15, 16"),
        ({"db_backup_days": 36}, "db_backup_days: 36 must be a whole number from 1 to 35"),
        ({"db_backup_start": "25:00"}, "db_backup_start: '25:00' must be a time of day"),
        ({"db_maintenance": "SUN"}, "db_maintenance: 'SUN' must be a day and a time"),
        ({"db_user": "postgres"}, "db_user: 'postgres' must be 3 to 32 small letters"),
        ({"db_ocpus": 64}, "db_memory_gb: 32 must be 1 to 64 GB for each of db_ocpus 64"),
        ({"backups_days": 7}, "backups_days: 7 must be more than backups_keep_days 7"),
        (
            {"backups_infrequent_days": 90},
            "backups_infrequent_days: 90 must be less than backups_days 90",
        ),
        (
            {"queue_visibility_seconds": 43_200, "queue_retention_hours": 12},
            "must be less than queue_retention_hours 12 h",
        ),
        ({"queue_deliveries": 0}, "queue_deliveries: 0 must be a whole number from 1 to 20"),
        ({"log_days": 45}, "log_days: 45 must be a multiple of 30 from 30 to 180"),
        ({"budget_per_month": -1}, "budget_per_month: -1 must be a whole number from 0"),
        (
            {"budget_per_month": 500},
            "budget_recipients: must list recipients, because budget_per_month is 500",
        ),
        ({"budget_recipients": "team@example.com"}, "must be a list of at most 20 mail addresses"),
        (
            {"budget_recipients": ["a@example.com,b@example.com"]},
            "must be a list of at most 20 mail addresses",
        ),
        ([], "settings: must be a JSON object"),
    ],
)
def test_it_says_what_is_wrong(settings, said):
    assert any(said in problem for problem in problems(settings)), problems(settings)


def test_it_names_every_mistake_at_once():
    assert len(problems({"listener_port": 0, "backend_port": 0, "x": 1})) == 3


def test_prod_has_the_safer_defaults():
    assert EnvironmentSettings({}, 1)["api_instances"] == 1
    assert EnvironmentSettings({}, 3)["api_instances"] == 2
    assert EnvironmentSettings({"api_instances": 1}, 3)["api_instances"] == 1


def test_prod_keeps_backups_longer_and_its_database_from_deletion():
    dev, prod = EnvironmentSettings({}, 1), EnvironmentSettings({}, 3)
    assert (dev["db_deletion_protection"], prod["db_deletion_protection"]) == (False, True)
    for name in (
        "db_instances",
        "db_backup_days",
        "backups_keep_days",
        "queue_retention_hours",
        "log_days",
    ):
        assert prod[name] > dev[name], name


def test_what_settings_break_together_is_judged_with_the_defaults_of_the_environment():
    assert problems({"backups_days": 40}, position=1) == []
    assert problems({"backups_days": 20}, position=3) == [
        "backups_days: 20 must be more than backups_keep_days 30, which forbids deletion",
        "backups_infrequent_days: 31 must be less than backups_days 20",
    ]


def test_every_default_keeps_its_own_rule():
    assert all(
        not rule.check(rule.for_position(position))
        for rule in SETTINGS.values()
        for position in (1, 3)
    )


def test_a_problem_knows_its_field():
    found = EnvironmentSettings({"backups_days": 20}, 3).problems()
    assert [problem.field for problem in found] == ["backups_days", "backups_infrequent_days"]


def test_changed_settings_are_another_value():
    settings = EnvironmentSettings({"listener_port": 81}, 3)
    assert settings.changed(api_instances=5)["api_instances"] == 5
    assert settings.values == {"listener_port": 81} and settings["api_instances"] == 2
    assert settings.complete()["listener_port"] == 81
