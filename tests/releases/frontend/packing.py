"""Packs files into archives, good ones and bad ones."""

import io
import tarfile
import zipfile

from releases.frontend.check import BundleRules, check_bundle
from sandbox.bundle import files, packed

API = "https://api.dev.example.com"
RULES = BundleRules(API, {"prod": "https://api.example.com"})


def build(api=API, version="1.4.0", **more):
    """Return the files of a good build, with what is given added or changed."""
    return {**files(api, version), **more}


def script_of(build):
    """Return the name of a build's script."""
    return next(name for name in build if name.endswith(".js"))


def zipped(content):
    return packed(content)


def tarred(content, mode="w:gz"):
    """Return the files as a tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in content.items():
            item = tarfile.TarInfo(name)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return out.getvalue()


def tar_of(*members, mode="w"):
    """Return a tar of headers without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for member in members:
            archive.addfile(member)
    return out.getvalue()


def member(name, kind, **more):
    """Return one header of a tar."""
    item = tarfile.TarInfo(name)
    item.type = kind
    for field, value in more.items():
        setattr(item, field, value)
    return item


def zip_with(name, data=b"x", *, mode=0, count=1):
    """Return a zip of one entry with the Unix mode given, so many times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            item = zipfile.ZipInfo(name if count == 1 else f"{name}{number}.txt")
            item.external_attr = mode << 16
            archive.writestr(item, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def check(data, rules=RULES):
    """Check an archive."""
    return check_bundle(io.BytesIO(data), len(data), rules)
