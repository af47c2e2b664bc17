"""Looks at the frontend as a browser gets it: the page, its scripts, the API they call, who may call it, the name."""

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

SECONDS = 5.0
NAME_SECONDS = 3.0
FOREIGN = "https://somebody-else.example"
PREFLIGHT = "/api/v1/courses"
MOST_SCRIPTS = 20


@dataclass(frozen=True)
class Seen:
    """One thing looked at: what, whether it is as it must be, in words."""

    name: str
    passed: bool
    words: str

    def as_json(self) -> dict[str, Any]:
        """Return it for a step's result."""
        return asdict(self)


def look(place: Mapping[str, Any], files: Sequence[Mapping[str, Any]], others: Mapping[str, str]) -> list[Seen]:
    """Look at everything; `files` is what should be there, `others` the other environments' API origins by name."""
    return list(_look(place, {file["name"]: file for file in files}, others))


def _look(place: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]], others: Mapping[str, str]) -> Iterator[Seen]:
    url = place["url"]
    if not url:
        yield Seen("address", False, "the frontend has no address yet: plan and apply the environment")
        return
    yield from _name(urlsplit(url).hostname or "")
    page = _get(url)
    if isinstance(page, str):
        yield Seen("page", False, f"{url}: {page}")
        return
    yield _is_wanted("page", url, page, files.get(INDEX))
    yield _type("page", page, "text/html")
    yield from _scripts(url, page.body.decode("utf-8", "replace"), files, place["api_origin"], others)
    yield from _cors(place)


def _name(host: str) -> Iterator[Seen]:
    """Ask for the address behind the name, within a time: a resolver may hang."""
    if host == "localhost" or _is_address(host):
        return
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        found = pool.submit(socket.getaddrinfo, host, 443, proto=socket.IPPROTO_TCP).result(NAME_SECONDS)
        told = ", ".join(sorted({str(one[4][0]) for one in found})[:4])
        yield Seen("name", True, f"{host} leads to {told}")
    except (OSError, TooLate, UnicodeError) as error:
        yield Seen("name", False, f"{host} leads nowhere ({type(error).__name__}): look at its DNS record")
    finally:
        pool.shutdown(wait=False)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _scripts(url: str, html: str, files: Mapping[str, Mapping[str, Any]], api: str, others: Mapping[str, str]) -> Iterator[Seen]:
    wanted = [address for tag, address in index_page.loads(html) if tag == "script"][:MOST_SCRIPTS]
    called: list[str] = []
    for address in wanted:
        where = urljoin(url, address)
        reply = _get(where)
        if isinstance(reply, str):
            yield Seen("script", False, f"{where}: {reply}")
            continue
        yield _is_wanted("script", where, reply, files.get(index_page.file_of(address)))
        yield _type("script", reply, "text/javascript", "application/javascript")
        text = reply.body.decode("utf-8", "replace")
        called += [address] if allowed_origins.positions(text, api) else []
        yield from (Seen("script", False, str(found)) for found in allowed_origins.foreign(address, text, api, others))
    # the bundle's other scripts, which these load later, were looked through when it was uploaded
    words = f"{called[0]} calls {api}" if called else f"none of the {len(wanted)} scripts of the page calls {api}"
    yield Seen("api", bool(called), words)


def _is_wanted(what: str, where: str, reply: Reply, file: Mapping[str, Any] | None) -> Seen:
    if reply.status != 200:
        return Seen(what, False, f"{where} answers {reply.status}")
    if file is None:
        return Seen(what, False, f"{where} is not of the bundle that was published")
    if hashlib.sha256(reply.body).hexdigest() != file["sha256"]:
        return Seen(what, False, f"{where} is not what was published: a cache in front of it may still hold the former one")
    return Seen(what, True, f"{where} is what was published ({len(reply.body):,} bytes)")


def _type(what: str, reply: Reply, *wanted: str) -> Seen:
    found = reply.headers.get("content-type", "")
    return Seen(f"{what} type", found.partition(";")[0] in wanted, f"served as {found or 'nothing'}")


def _cors(place: Mapping[str, Any]) -> Iterator[Seen]:
    """Ask the API, as a browser does before it lets a page call it."""
    url = urlsplit(place["url"])
    for origin in dict.fromkeys([f"{url.scheme}://{url.netloc}", *place["cors"]]):
        told = _preflight(place["api_origin"], origin)
        yield Seen("cors", told in (origin, "*"), f"a page of {origin} {_may(told in (origin, '*'))} ({told or 'no header'})")
    told = _preflight(place["api_origin"], FOREIGN)
    yield Seen("cors", told not in (FOREIGN, "*"), f"a page of anybody else {_may(told in (FOREIGN, '*'))}")


def _may(allowed: bool) -> str:
    return "may call the API" if allowed else "may not call the API"


def _preflight(api: str, origin: str) -> str:
    given = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    try:
        reply = Client(api).send("OPTIONS", PREFLIGHT, headers=given, body=None, timeout=SECONDS)
    except NoReply as error:
        return f"no answer: {error}"
    return reply.headers.get("access-control-allow-origin", "") if reply.status < 300 else ""


def _get(address: str) -> Reply | str:
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        return Client(f"{parts.scheme}://{parts.netloc}", max_body=MAX_FILE).send(
            "GET", path or "/", headers={"Accept": "*/*"}, body=None, timeout=SECONDS
        )
    except NoReply as error:
        return str(error)
