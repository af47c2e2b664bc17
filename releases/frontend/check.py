"""Checks a whole bundle against the environment it was built for: pure, so that it is tested
as tables.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import IO

from portal.lib.canonical import digest
from releases.frontend import allowed_origins, file_names, headers, index_page, secrets
from releases.frontend.archive import UnusableBundle, entries, printable
from releases.frontend.findings import BundleFinding

SHOWN = 20


@dataclass(frozen=True)
class BundleRules:
    """What a bundle of one environment must keep: origins are `scheme://host[:port]`."""

    api_origin: str
    others: Mapping[str, str] = field(
        default_factory=dict
    )  # the other environments' API origins by name
    at_root: bool = True  # served at the root of its host, so that /assets/… leads to its files
    secrets: Mapping[str, str] = field(
        default_factory=dict, repr=False
    )  # secrets by name, in memory only


@dataclass(frozen=True)
class BundleFile:
    """One file of a bundle, as it will be published."""

    name: str
    size: int
    sha256: str
    md5: str
    type: str
    cache: str


@dataclass(frozen=True)
class CheckedBundle:
    """A bundle that may be published."""

    digest: str
    files: list[BundleFile]

    @property
    def unpacked(self) -> int:
        """Return the bytes of all files."""
        return sum(file.size for file in self.files)

    def as_json(self) -> list[dict[str, object]]:
        """Return the list of files for the bundle's row."""
        return [asdict(file) for file in self.files]


class UnfitBundle(UnusableBundle):
    """The archive is sound, what is in it is not: `findings` say what, where, and the next step."""

    def __init__(self, findings: list[BundleFinding]) -> None:
        more = f" … and {len(findings) - SHOWN} more" if len(findings) > SHOWN else ""
        super().__init__(
            " ".join(str(found) for found in findings[:SHOWN]) + more,
            "Correct the build and upload it again.",
        )
        self.findings = findings


def check_bundle(archive: IO[bytes], size: int, rules: BundleRules) -> CheckedBundle:
    """Return the files of the archive; raise UnusableBundle or UnfitBundle, after looking at
    all of it.
    """
    taken = (entry for entry in entries(archive, size) if not file_names.is_litter(entry.name))
    read = [_check_file(_plain(entry.name), entry.content, rules) for entry in taken]
    root = file_names.root([one.file.name for one in read])
    files = [_with_headers(one.file, one.file.name.removeprefix(root)) for one in read]
    findings = [finding for one in read for finding in one.findings]
    findings += _check_names([file.name for file in files])
    findings += _check_page(
        next((one.text for one in read if one.file.name == root + file_names.INDEX), None),
        files,
        rules,
    )
    if not any(one.calls_api for one in read):
        scripts = [file.name for file in files if headers.extension(file.name) in headers.SCRIPTS]
        findings.append(allowed_origins.report_absent(scripts, rules.api_origin))
    if findings:
        raise UnfitBundle(findings)
    files.sort(key=lambda file: file.name)
    return CheckedBundle(digest([[file.name, file.size, file.sha256] for file in files]), files)


@dataclass(frozen=True)
class _FileCheck:
    file: BundleFile
    findings: list[BundleFinding]
    calls_api: bool
    text: str | None = None  # of pages alone: the rest is not kept


def _plain(name: str) -> str:
    """Return a name without what `tar` puts before it; one that cannot be shown becomes one
    that is refused.
    """
    return name.removeprefix("./") if name.isprintable() else ascii(name)


def _check_file(name: str, content: bytes, rules: BundleRules) -> _FileCheck:
    """Look at one file while it is in memory."""
    kind = headers.extension(name)
    findings = _check_name(name)
    text = content.decode("utf-8", "replace") if kind in headers.TEXTS else ""
    if kind in headers.TEXTS:
        findings += secrets.find_secrets(name, text, rules.secrets)
        findings += (
            allowed_origins.find_foreign(name, text, rules.api_origin, rules.others, rules.secrets)
            if kind != "map"
            else []
        )
    calls = kind in headers.SCRIPTS and bool(allowed_origins.positions(text, rules.api_origin))
    page = text if name.rpartition("/")[2] == file_names.INDEX else None
    return _FileCheck(_file(name, content), findings, calls, page)


def _file(name: str, content: bytes) -> BundleFile:
    return BundleFile(
        name, len(content), hashlib.sha256(content).hexdigest(), headers.md5(content), "", ""
    )


def _with_headers(file: BundleFile, name: str) -> BundleFile:
    """Give a file the name under which it is published, with the headers that follow from it."""
    return BundleFile(
        name,
        file.size,
        file.sha256,
        file.md5,
        headers.content_type(name),
        headers.cache_control(name),
    )


def _check_name(name: str) -> list[BundleFinding]:
    broken = file_names.problem(name)
    if broken:
        return [
            BundleFinding(printable(name), f"its name {broken}", "Rename or leave out the file")
        ]
    if not headers.content_type(name):
        return [
            BundleFinding(
                printable(name),
                "its content type is not known, so browsers would save it",
                "Leave it out of the build",
            )
        ]
    return []


def _check_names(found: list[str]) -> list[BundleFinding]:
    """Check what only all names together can break."""
    words = "appears twice, or differs from another name only by case"
    findings = [BundleFinding(name, words, "Rename one") for name in file_names.clashes(found)]
    if file_names.INDEX not in found:
        findings.append(
            BundleFinding(
                file_names.INDEX,
                "is not there",
                "Pack the folder `dist` itself, as `npm run build` left it",
            )
        )
    return findings


def _check_page(
    html: str | None, files: list[BundleFile], rules: BundleRules
) -> list[BundleFinding]:
    """Check that what index.html loads is in the bundle, and can be reached from where it is
    served.
    """
    there = {file.name for file in files}
    findings: list[BundleFinding] = []
    for _, address in index_page.loads(html or ""):
        shown = secrets.hide(address[:200])
        if index_page.file_of(address) not in there:
            findings.append(
                BundleFinding(
                    file_names.INDEX,
                    f"loads {shown}, which is not in the bundle",
                    "Build it again",
                )
            )
        elif address.startswith("/") and not rules.at_root:
            words = (
                f"loads {shown} from the root of its host, but files served by "
                "Object Storage have none"
            )
            next_step = "Build it with `--base=./`, or use a CDN and name it in the settings"
            findings.append(BundleFinding(file_names.INDEX, words, next_step))
    return findings
