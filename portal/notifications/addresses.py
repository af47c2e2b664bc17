"""Which addresses events may be posted to: hosts that NOTIFY_HOSTS lists, by https."""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings

LONGEST = 1000


def host_of(address: str) -> str:
    """Return the host, with the port where the address names one."""
    return urlsplit(address).netloc.rpartition("@")[2].lower()


def problem_of_address(address: str) -> str:
    """Return why nothing is posted to an address, in words without the address; empty if it may."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "it is not a web address."
    if len(address) > LONGEST or not address.isascii() or any(c.isspace() for c in address):
        return f"it must be at most {LONGEST} ASCII characters without spaces."
    if parts.scheme != "https" and not (settings.PORTAL_SANDBOX and parts.scheme == "http"):
        return "it must begin with https://."
    if parts.username is not None or parts.fragment or not parts.hostname:
        return "it must name a host, and neither a user nor a fragment."
    if not _listed(parts, port):
        known = ", ".join(settings.NOTIFY_HOSTS) or "none"
        return f"the host is not in the setting NOTIFY_HOSTS (it lists: {known})."
    return ""


def _listed(parts: SplitResult, port: int | None) -> bool:
    """Say whether an entry is the host, or (`.example.com`) a domain above it.

    An entry without a port means the default one.
    """
    host = (parts.hostname or "").lower()
    suffix = f":{port}" if port not in (None, 443) else ""
    for entry in settings.NOTIFY_HOSTS:
        name, _, listed_port = entry.lower().partition(":")
        same_port = suffix == (f":{listed_port}" if listed_port else "")
        if same_port and (host == name or (name.startswith(".") and host.endswith(name))):
            return True
    return False
