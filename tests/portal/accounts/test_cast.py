"""The cast is there for every test, one person per role."""

from portal.accounts.roles import Role, has_role
from tests.portal.accounts.people import sign_in


def test_it_has_one_person_per_role(cast):
    assert has_role(cast.admin, Role.ADMIN)
    assert has_role(cast.deployer, Role.DEPLOYER) and has_role(cast.other_deployer, Role.DEPLOYER)
    assert has_role(cast.readonly, Role.READONLY)
    assert has_role(cast.auditor, Role.AUDITOR)
    assert not has_role(cast.stranger)


def test_it_signs_a_person_in(client, cast):
    sign_in(client, cast.deployer)
    assert client.session["identity"]["checked_at"] > 0
