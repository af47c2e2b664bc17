"""The default security list: taken over from OCI, kept empty, given back."""

from environments.kinds import KINDS
from tests.environments.kinds.test_every_kind import SSH, DirectWriter
from tests.environments.site import Site

KEY = "default_security_list"


def shown(site):
    vcn = site.client.read("virtual_network", "get_vcn", site.results["vcn"]["ocid"]).data
    return site.client.read(
        "virtual_network", "get_security_list", vcn["defaultSecurityListId"]
    ).data


def test_what_oci_puts_into_it_is_thrown_out_by_one_call(simulator):
    site = Site(KEY)
    assert site.plan()[KEY].action == "create"
    assert site.apply() == {}
    assert (shown(site)["ingressSecurityRules"], shown(site)["egressSecurityRules"]) == ([], [])
    assert [operation for key, operation in site.calls if key == KEY] == ["update_security_list"]


def test_a_rule_that_opens_ssh_to_the_world_is_told_in_words(simulator):
    site = Site(KEY)
    site.apply()
    site.client.change(
        "virtual_network",
        "update_security_list",
        site.results[KEY]["ocid"],
        {"ingressSecurityRules": [SSH]},
    )
    assert site.plan()[KEY].reason.endswith("The whole internet may reach TCP port 22.")


def test_it_is_given_back_not_deleted_and_taken_over_again(simulator):
    site = Site(KEY)
    site.apply()
    KINDS[KEY].delete(DirectWriter(site), site.found(KEY))
    assert site.found(KEY) is None
    assert shown(site)["lifecycleState"] == "AVAILABLE"
    assert site.plan()[KEY].action == "create"
    assert site.apply() == {}
