"""Where a resource is shown in the OCI console: one address a kind, the console's search for every other. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

CONSOLE = "https://cloud.oracle.com"
# Seen in published links and in other tools' tests; a kind whose page nobody shows falls back to the search by OCID.
PAGES = {
    "compartment": "/identity/compartments/{ocid}",
    "vcn": "/networking/vcns/{ocid}",
    "subnet": "/networking/vcns/{vcn}/subnets/{ocid}",
    "route_table": "/networking/vcns/{vcn}/route-tables/{ocid}",
    "default_security_list": "/networking/vcns/{vcn}/security-lists/{ocid}",
    "nsg": "/networking/vcns/{vcn}/network-security-groups/{ocid}",
    "load_balancer": "/load-balancer/load-balancers/{ocid}",
    "backend_set": "/load-balancer/load-balancers/{load_balancer}",
    "listener": "/load-balancer/load-balancers/{load_balancer}",
    "rule_set": "/load-balancer/load-balancers/{load_balancer}",
    "bucket": "/object-storage/buckets/{namespace}/{name}/objects",
    "secret": "/security/kms/vaults/{vault}/secrets/{ocid}",
    "topic": "/notification/topics/{ocid}",
    "alarm": "/monitoring/alarms/{ocid}",
    "log_group": "/logging/log-groups/{ocid}",
}


def console_url(kind: str, resource: Mapping[str, Any], ocids: Mapping[str, str], region: str) -> str:
    """Return the address of a resource's page; `ocids` are those of its environment by key, for pages below another's.

    `resource` has `ocid`, `name` and, for a bucket, `namespace`.
    """
    page, ocid = PAGES.get(kind, ""), str(resource.get("ocid") or "")
    if not ocid:
        return ""
    parts = {**ocids, **{name: str(value) for name, value in resource.items() if value}}
    try:
        path = page.format_map({name: quote(value, safe="") for name, value in parts.items()})
    except KeyError:
        path = ""  # what it lies in is not known
    if path:
        return f"{CONSOLE}{path}?{urlencode({'region': region})}"
    whole = ocid.partition("/")[0]  # a part has no OCID of its own: its whole is found
    return f"{CONSOLE}/search?{urlencode({'q': whole, 'region': region})}"
