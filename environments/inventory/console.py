"""Where a resource is shown in the OCI console: its kind's page, else the console's search.
Pure.
"""

from collections.abc import Mapping
from string import Formatter
from typing import Any
from urllib.parse import quote, urlencode

from environments.kinds import KINDS

CONSOLE = "https://cloud.oracle.com"
OWN = {
    "ocid",
    "name",
    "namespace",
}  # what a page is addressed by beside the keys of other resources


def parent_keys() -> set[str]:
    """Return the keys of the resources below whose pages others have theirs."""
    pages = [kind.console for kind in KINDS.values()]
    return {name for page in pages for _, name, _, _ in Formatter().parse(page) if name} - OWN


def console_url(
    kind: str, resource: Mapping[str, Any], ocids: Mapping[str, str], region: str
) -> str:
    """Return the address of a resource's page; `ocids` are those of `parent_keys` where known.

    `resource` has `ocid`, `name` and, for a bucket, `namespace`.
    """
    page = KINDS[kind].console if kind in KINDS else ""
    ocid = str(resource.get("ocid") or "")
    if not ocid:
        return ""
    parts = {**ocids, **{name: str(value) for name, value in resource.items() if value}}
    try:
        path = page.format_map({name: quote(value, safe="") for name, value in parts.items()})
    except KeyError:
        path = ""  # what it lives in is not known
    if path:
        return f"{CONSOLE}{path}?{urlencode({'region': region})}"
    whole = ocid.partition("/")[0]  # a part has no OCID of its own: its whole is found
    return f"{CONSOLE}/search?{urlencode({'q': whole, 'region': region})}"
