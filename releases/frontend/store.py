"""Keeps archives as they were uploaded: one immutable object each, named by its bytes, in the
environment's private bucket.

Web machines and workers share nothing but PostgreSQL and OCI, so the bytes have to be in one of the
two. In PostgreSQL they would go through every backup and replica of the portal; on a folder of one
machine the others would not see them. One object a bundle (not one a file) is there whole or not at
all, whoever dies when: its name is the digest of its bytes, and it is written with `if-none-match:
*`, so a second upload finds it and changes nothing. It lies in the `backups` bucket, the private
one whose lifecycle rule leaves `bundles/` alone: what may be rolled back to has to stay.
"""

import hashlib
from contextlib import suppress
from typing import IO, Any

from environments.models import Environment
from portal.cloud.client import CloudClient, client
from portal.cloud.errors import StaleEtag
from portal.lib.refusal import Refused
from releases.frontend.config import PRIVATE
from releases.requests.plan import PlannedBundle

CHUNK = 1024 * 1024
TYPES = {"zip": "application/zip", "tgz": "application/gzip", "tar": "application/x-tar"}


def bucket(environment: Environment) -> str:
    """Return the bucket that keeps the archives, or refuse: there is none before the
    environment is provisioned.
    """
    environment.ocid(PRIVATE)
    found = environment.resource(PRIVATE)
    return found.name if found else ""


def name(sha256: str, kind: str) -> str:
    """Return the object's name for an archive with this digest (`sha256:<hex>`)."""
    return f"bundles/{sha256.removeprefix('sha256:')}.{kind}"


def keep(environment: Environment, archive: IO[bytes], *, size: int, sha256: str, kind: str) -> str:
    """Put the archive there, streamed from the file; the same bytes twice are one object.
    Return the object's name.
    """
    cloud, place, called = client(environment.home_region), bucket(environment), name(sha256, kind)
    archive.seek(0)
    given: dict[str, Any] = {
        "content_length": size,
        "content_type": TYPES[kind],
        "if_none_match": "*",
    }
    with suppress(StaleEtag):  # it is there
        cloud.change(
            "object_storage", "put_object", cloud.namespace, place, called, archive, **given
        )
    return called


def fetch(cloud: CloudClient, bundle: PlannedBundle, into: IO[bytes]) -> None:
    """Write a bundle's archive into a file, or refuse when it is not what was checked."""
    cloud.save(
        "object_storage",
        "get_object",
        cloud.namespace,
        bundle.bucket,
        bundle.archive,
        into=into,
    )
    if digest_of(into) != bundle.archive_sha256:
        raise Refused(
            f"The archive {bundle.archive} in {bundle.bucket} is not what was checked when "
            "it was uploaded.",
            next_step=(
                "Find out in OCI's audit log who wrote it, then upload the build again and "
                "request a release of that."
            ),
        )


def digest_of(archive: IO[bytes]) -> str:
    """Return `sha256:<hex>` of a file, read in pieces."""
    archive.seek(0)
    digest = hashlib.sha256()
    while piece := archive.read(CHUNK):
        digest.update(piece)
    return f"sha256:{digest.hexdigest()}"
