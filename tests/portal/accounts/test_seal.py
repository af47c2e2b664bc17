"""Sealing: what the database keeps but cannot read."""

from portal.accounts.seal import seal, unseal


def test_it_opens_what_it_sealed():
    sealed = seal("a token")
    assert "a token" not in sealed and unseal(sealed) == "a token"


def test_it_opens_what_an_older_key_sealed(settings):
    sealed = seal("a token")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"
    assert unseal(sealed) == "a token"


def test_it_opens_nothing_else(settings):
    sealed = seal("a token")
    settings.SECRET_KEY = "another-key"
    assert unseal(sealed) is None and unseal("") is None and unseal("gAAAA") is None
