"""Sealing: what the database keeps but cannot read."""

from portal.accounts.encryption import decrypt, encrypt


def test_it_opens_what_it_sealed():
    sealed = encrypt("a token")
    assert "a token" not in sealed and decrypt(sealed) == "a token"


def test_it_opens_what_an_older_key_sealed(settings):
    sealed = encrypt("a token")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"
    assert decrypt(sealed) == "a token"


def test_it_opens_nothing_else(settings):
    sealed = encrypt("a token")
    settings.SECRET_KEY = "another-key"
    assert decrypt(sealed) is None and decrypt("") is None and decrypt("gAAAA") is None
