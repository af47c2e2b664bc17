"""The web origins that may call an environment's API: named one by one, never everybody."""

import pytest

from environments.settings.rules import EnvironmentSettings


@pytest.mark.parametrize(
    "value", [[], ["https://app.example.com"], ["http://localhost:5173", "https://a-b.example"]]
)
def test_origins_are_taken(value):
    assert EnvironmentSettings({"cors_allowed_origins": value}).problems() == []


@pytest.mark.parametrize(
    "value",
    [
        ["*"],
        "https://app.example.com",
        ["https://app.example.com/"],
        ["ftp://x"],
        [""],
        [7],
        ["https://a"] * 21,
    ],
)
def test_what_is_no_origin_is_refused_with_the_rule(value):
    assert "cors_allowed_origins" in str(
        EnvironmentSettings({"cors_allowed_origins": value}).problems()[0]
    )
