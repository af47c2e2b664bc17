"""Checks the frontend as a browser gets it: name, page, scripts, the API they call, CORS."""

import hashlib
import ipaddress
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from portal.lib.http import Client, NoReply, Reply
from releases.frontend import allowed_origins, index_page
from releases.frontend.archive import MAX_FILE
from releases.frontend.file_names import INDEX
from releases.requests.plan import FrontendTarget

SECONDS = 5.0
NAME_SECONDS = 3.0
FOREIGN = "https://somebody-else.example"
PREFLIGHT = "/api/v1/courses"
MAX_SCRIPTS = 20
ASKED_HEADER = "authorization"  # that the frontend sends with every call
Files = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class LiveCheck:
    """One thing checked: what, whether it is as it must be, in words."""

    name: str
    passed: bool
    words: str

    def as_json(self) -> dict[str, Any]:
        """Return it for a step's result."""
        return asdict(self)


def check_live(
    config: FrontendTarget, files: Sequence[Mapping[str, Any]], others: Mapping[str, str]
) -> list[LiveCheck]:
    """Check everything.

    `config` is what `config.frontend_config` returned, `files` what should be there, `others` the
    other environments' API origins by name.
    """
    return list(_check_all(config, {file["name"]: file for file in files}, others))


def _check_all(
    config: FrontendTarget, files: Files, others: Mapping[str, str]
) -> Iterator[LiveCheck]:
    url, api = config.url, config.api_origin
    if not url:
        words = "the frontend has no address yet: plan and apply the environment"
        yield LiveCheck("address", False, words)
        return
    yield from _check_name(urlsplit(url).hostname or "")
    page = _get(url)
    if isinstance(page, str):
        yield LiveCheck("page", False, f"{url}: {page}")
        return
    yield _check_content("page", url, page, files.get(INDEX))
    yield _check_type("page", page, "text/html")
    yield from _check_scripts(url, page.body.decode("utf-8", "replace"), files, api, others)
    yield from _check_cors(url, api, config.cors)


def _check_name(host: str) -> Iterator[LiveCheck]:
    """Resolve the name within a time: a resolver may hang."""
    if host == "localhost" or _is_address(host):
        return
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        question = pool.submit(socket.getaddrinfo, host, 443, proto=socket.IPPROTO_TCP)
        found = sorted({str(one[4][0]) for one in question.result(NAME_SECONDS)})
        yield LiveCheck("name", True, f"{host} leads to {', '.join(found[:4])}")
    except (OSError, TooLate, UnicodeError) as error:
        words = f"{host} leads nowhere ({type(error).__name__}): look at its DNS record"
        yield LiveCheck("name", False, words)
    finally:
        pool.shutdown(wait=False)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _check_scripts(
    url: str, html: str, files: Files, api: str, others: Mapping[str, str]
) -> Iterator[LiveCheck]:
    scripts = [address for tag, address in index_page.loads(html) if tag == "script"]
    callers: list[str] = []
    for address in scripts[:MAX_SCRIPTS]:
        where = urljoin(url, address)
        reply = _get(where)
        if isinstance(reply, str):
            yield LiveCheck("script", False, f"{where}: {reply}")
            continue
        file = files.get(index_page.file_of(address))
        yield _check_content("script", where, reply, file)
        yield _check_type("script", reply, "text/javascript", "application/javascript")
        text = reply.body.decode("utf-8", "replace")
        callers += [address] if allowed_origins.positions(text, api) else []
        for found in allowed_origins.find_foreign(address, text, api, others):
            yield LiveCheck("script", False, str(found))
    # the scripts that these load later were checked when the bundle was uploaded
    missing = f"none of the {len(scripts[:MAX_SCRIPTS])} scripts of the page calls {api}"
    yield LiveCheck("api", bool(callers), f"{callers[0]} calls {api}" if callers else missing)


def _check_content(
    name: str, where: str, reply: Reply, file: Mapping[str, Any] | None
) -> LiveCheck:
    if reply.status != 200:
        return LiveCheck(name, False, f"{where} answers {reply.status}")
    if file is None:
        return LiveCheck(name, False, f"{where} is not of the bundle that was published")
    if hashlib.sha256(reply.body).hexdigest() != file["sha256"]:
        words = "is not what was published: a cache in front of it may still hold the former one"
        return LiveCheck(name, False, f"{where} {words}")
    return LiveCheck(name, True, f"{where} is what was published ({len(reply.body):,} bytes)")


def _check_type(name: str, reply: Reply, *allowed: str) -> LiveCheck:
    found = reply.headers.get("content-type", "")
    passed = found.partition(";")[0] in allowed
    return LiveCheck(f"{name} type", passed, f"served as {found or 'nothing'}")


def _check_cors(url: str, api: str, origins: Sequence[str]) -> Iterator[LiveCheck]:
    """Ask the API, as a browser does before it lets a page call it."""
    parts = urlsplit(url)
    for origin in dict.fromkeys([f"{parts.scheme}://{parts.netloc}", *origins]):
        answer, headers = _preflight(api, origin)
        # A wildcard does not cover this header (Fetch Standard), so it must be named.
        signs = ASKED_HEADER in headers
        may = answer in (origin, "*") and signs
        lacks = "" if signs or not answer else f", but not send {ASKED_HEADER}"
        words = (
            f"a page of {origin} {_may_call(bool(may or lacks))} ({answer or 'no header'}){lacks}"
        )
        yield LiveCheck("cors", may, words)
    may = _preflight(api, FOREIGN)[0] in (FOREIGN, "*")
    yield LiveCheck("cors", not may, f"a page of anybody else {_may_call(may)}")


def _may_call(allowed: bool) -> str:
    return "may call the API" if allowed else "may not call the API"


def _preflight(api: str, origin: str) -> tuple[str, set[str]]:
    """Return the origin that is let in, and the headers that its pages may send."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": ASKED_HEADER,
    }
    try:
        reply = Client(api).send("OPTIONS", PREFLIGHT, headers=headers, body=None, timeout=SECONDS)
    except NoReply as error:
        return f"no answer: {error}", set()
    if reply.status >= 300:
        return "", set()
    allowed = reply.headers.get("access-control-allow-headers", "").lower().split(",")
    origin = reply.headers.get("access-control-allow-origin", "")
    return origin, {name.strip() for name in allowed}


def _get(address: str) -> Reply | str:
    """Return the answer, or in words why there is none."""
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    client = Client(f"{parts.scheme}://{parts.netloc}", max_body=MAX_FILE)
    try:
        return client.send("GET", path, headers={"Accept": "*/*"}, body=None, timeout=SECONDS)
    except NoReply as error:
        return str(error)
