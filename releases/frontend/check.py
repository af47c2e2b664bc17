"""Checks a whole bundle against the environment it was built for: pure, so that it is tested as tables."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO

from portal.lib.canonical import digest
from releases.frontend import allowed_origins, file_names, headers, index_page, secrets
from releases.frontend.archive import Unusable, entries, shown
from releases.frontend.findings import Finding

SHOWN = 20


@dataclass(frozen=True)
class Rules:
    """What a bundle of one environment must keep: origins are `scheme://host[:port]`."""

    api_origin: str
    others: Mapping[str, str] = field(default_factory=dict)  # the other environments' API origins by name
    at_root: bool = True  # served at the root of its host, so that /assets/… leads to its files
    known: Mapping[str, str] = field(default_factory=dict, repr=False)  # secrets by name, in memory only


@dataclass(frozen=True)
class File:
    """One file of a bundle, as it will be published."""

    name: str
    size: int
    sha256: str
    md5: str
    type: str
    cache: str


@dataclass(frozen=True)
class Checked:
    """A bundle that may be published."""

    digest: str
    files: list[File]

    @property
    def unpacked(self) -> int:
        """Return the bytes of all files."""
        return sum(file.size for file in self.files)

    def as_json(self) -> list[dict[str, object]]:
        """Return the list of files for the bundle's row."""
        return [asdict(file) for file in self.files]


class Unfit(Unusable):
    """The archive is sound, what is in it is not: `findings` say each what, where, and the way out."""

    def __init__(self, findings: list[Finding]) -> None:
        more = f" … and {len(findings) - SHOWN} more" if len(findings) > SHOWN else ""
        super().__init__(" ".join(str(found) for found in findings[:SHOWN]) + more, "Mend the build and upload it again.")
        self.findings = findings


def checked(archive: IO[bytes], size: int, rules: Rules) -> Checked:
    """Return the files of the archive; raise Unusable or Unfit, after looking at all of it."""
    taken = (entry for entry in entries(archive, size) if not file_names.is_litter(entry.name))
    read = [_look(_plain(entry.name), entry.content, rules) for entry in taken]
    root = file_names.root([one.file.name for one in read])
    files = [_named(one.file, one.file.name.removeprefix(root)) for one in read]
    findings = [finding for one in read for finding in one.findings]
    findings += _together([file.name for file in files])
    findings += _page(next((one.text for one in read if one.file.name == root + file_names.INDEX), None), files, rules)
    if not any(one.calls_api for one in read):
        scripts = [file.name for file in files if headers.extension(file.name) in headers.SCRIPTS]
        findings.append(allowed_origins.absent(scripts, rules.api_origin))
    if findings:
        raise Unfit(findings)
    files.sort(key=lambda file: file.name)
    return Checked(digest([[file.name, file.size, file.sha256] for file in files]), files)


@dataclass(frozen=True)
class _Look:
    file: File
    findings: list[Finding]
    calls_api: bool
    text: str | None = None  # of pages alone: the rest is not kept


def _plain(name: str) -> str:
    """Return a name without what `tar` puts before it; one that cannot be shown becomes one that is refused."""
    return name.removeprefix("./") if name.isprintable() else ascii(name)


def _look(name: str, content: bytes, rules: Rules) -> _Look:
    """Look at one file while it is in memory."""
    kind = headers.extension(name)
    findings = _name(name)
    text = content.decode("utf-8", "replace") if kind in headers.TEXTS else ""
    if kind in headers.TEXTS:
        findings += secrets.find(name, text, rules.known)
        findings += allowed_origins.foreign(name, text, rules.api_origin, rules.others) if kind != "map" else []
    calls = kind in headers.SCRIPTS and bool(allowed_origins.positions(text, rules.api_origin))
    page = text if name.rpartition("/")[2] == file_names.INDEX else None
    return _Look(_file(name, content), findings, calls, page)


def _file(name: str, content: bytes) -> File:
    return File(name, len(content), hashlib.sha256(content).hexdigest(), headers.md5(content), "", "")


def _named(file: File, name: str) -> File:
    """Give a file the name under which it is published, with the headers that follow from it."""
    return File(name, file.size, file.sha256, file.md5, headers.content_type(name), headers.cache_control(name))


def _name(name: str) -> list[Finding]:
    broken = file_names.problem(name)
    if broken:
        return [Finding(shown(name), f"its name {broken}", "Rename or leave out the file")]
    if not headers.content_type(name):
        return [Finding(shown(name), "nobody knows its content type, so browsers would save it", "Leave it out of the build")]
    return []


def _together(found: list[str]) -> list[Finding]:
    """Check what only all names together can break."""
    words = "is there twice, or differs from another name by case alone"
    findings = [Finding(name, words, "Rename one") for name in file_names.clashes(found)]
    if file_names.INDEX not in found:
        findings.append(Finding(file_names.INDEX, "is not there", "Pack the folder `dist` itself, as `npm run build` left it"))
    return findings


def _page(html: str | None, files: list[File], rules: Rules) -> list[Finding]:
    """Check that what index.html loads is in the bundle, and can be reached from where it is served."""
    there = {file.name for file in files}
    findings: list[Finding] = []
    for _, address in index_page.loads(html or ""):
        if index_page.file_of(address) not in there:
            findings.append(Finding(file_names.INDEX, f"loads {address[:200]}, which is not in the bundle", "Build it again"))
        elif address.startswith("/") and not rules.at_root:
            words = f"loads {address[:200]} from the root of its host, but an object's own address has none"
            way_out = "Build it with `--base=./`, or put a CDN in front and say so in the settings"
            findings.append(Finding(file_names.INDEX, words, way_out))
    return findings
