"""Masking: one pure function before every page, log and audit row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib.redact import MASK, masked, redact

SECRET = "hunter2-hunter2"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", SECRET),
        ("adminPassword", SECRET),
        ("api_key", SECRET),
        ("authTokens", [SECRET, SECRET]),
        ("secretContent", SECRET),
        ("passwordDetails", {"password": SECRET}),
        ("endpoint", f"https://oci:{SECRET}@portal.example/hooks/"),
        ("privateKeyPem", PEM),
        ("body", PEM),
        ("body", PEM[: PEM.index("-----END")]),  # cut off by somebody
        ("header", f"Bearer {SECRET}-and-more-of-it"),
        ("rules", [{"name": "one", "token": SECRET}]),
    ],
)
def test_what_looks_like_a_secret_is_masked(name, value):
    assert SECRET not in str(masked(name, value))
    assert MASK in str(masked(name, value))
    assert masked(name, value) == redact({name: value})[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secretId", "ocid1.vaultsecret.oc1..a"),
        ("secret_name", "DATABASE_URL"),
        ("displayName", "conceptlens-dev"),
        (
            "statements",
            ["Allow group a to read secret-family in tenancy where target.secret.id = 'x'"],
        ),
        ("isPublic", False),
        ("token", None),
        ("description", "uses basic authentication"),
    ],
)
def test_what_does_not_is_left_as_it_is(name, value):
    assert masked(name, value) == value


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_twice_masked_is_once_masked_and_never_fails(value):
    assert redact(redact(value)) == redact(value)
