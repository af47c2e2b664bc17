"""Links to the OCI console: a page where one is known, else the search by OCID; always with
the region.
"""

import pytest

from environments.inventory.console import console_url, parent_keys
from environments.kinds import KINDS

OCIDS = {"vcn": "ocid1.vcn.v", "vault": "ocid1.vault.k", "load_balancer": "ocid1.loadbalancer.l"}
REGION = "region=us-ashburn-1"


@pytest.mark.parametrize(
    ("kind", "resource", "path"),
    [
        ("vcn", {"ocid": "ocid1.vcn.v"}, "/networking/vcns/ocid1.vcn.v"),
        (
            "subnet",
            {"ocid": "ocid1.subnet.s"},
            "/networking/vcns/ocid1.vcn.v/subnets/ocid1.subnet.s",
        ),
        (
            "bucket",
            {"ocid": "ocid1.b", "name": "a b", "namespace": "ns"},
            "/object-storage/buckets/ns/a%20b/objects",
        ),
        ("secret", {"ocid": "ocid1.s"}, "/security/kms/vaults/ocid1.vault.k/secrets/ocid1.s"),
        (
            "listener",
            {"ocid": "ocid1.loadbalancer.l/http"},
            "/load-balancer/load-balancers/ocid1.loadbalancer.l",
        ),
        ("alarm", {"ocid": "ocid1.alarm.a"}, "/monitoring/alarms/ocid1.alarm.a"),
    ],
)
def test_a_kind_with_a_page_leads_to_it(kind, resource, path):
    assert (
        console_url(kind, resource, OCIDS, "us-ashburn-1")
        == f"https://cloud.oracle.com{path}?{REGION}"
    )


def test_any_other_is_found_by_the_search_of_the_console():
    assert (
        console_url("dynamic_group", {"ocid": "ocid1.dg.x"}, {}, "us-ashburn-1")
        == f"https://cloud.oracle.com/search?q=ocid1.dg.x&{REGION}"
    )
    assert "search?q=ocid1.subnet.s&" in console_url(
        "subnet", {"ocid": "ocid1.subnet.s"}, {}, "us-ashburn-1"
    )
    assert "search?q=ocid1.bucket.b&" in console_url(
        "lifecycle", {"ocid": "ocid1.bucket.b/lifecycle"}, {}, "us-ashburn-1"
    )
    assert console_url("vcn", {"ocid": ""}, {}, "us-ashburn-1") == ""


def test_every_page_is_of_a_kind_that_there_is():
    assert parent_keys() == {"vcn", "vault", "load_balancer"} and parent_keys() <= set(KINDS)
