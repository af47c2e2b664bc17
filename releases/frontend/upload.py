"""Takes in a bundle: counted and digested as it arrives, checked whole, stored, recorded.

An upload that was cut off leaves nothing.
"""

import base64
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import unquote, urlsplit

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.cloud.client import client
from portal.cloud.errors import CloudError
from portal.lib.act import Act
from portal.lib.refusal import Invalid
from releases.frontend import archive, check, config, store
from releases.models import Bundle

LIMIT = archive.MAX_ARCHIVE
_FORM = 64 * 1024  # what a form adds to its file


class UploadTooLarge(Invalid):
    """More bytes than are taken."""

    status = 413


def refuse_upload(environment: Environment, user: User) -> None:
    """Refuse people who may not upload."""
    act = environment.act(Verb.BUNDLE_UPLOADED)
    allow(Bundle.can_upload(user), user, "upload a frontend", act)


def check_length(declared: int, environment: str = "") -> None:
    """Refuse by what the sender declares, before a byte is read; a sender must declare it."""
    act = Act(Verb.BUNDLE_UPLOADED, environment=environment)
    if declared <= 0:
        words = "The upload states no length (Content-Length)."
        raise Invalid(words, next_step="Send the file whole.", act=act)
    if declared > LIMIT + _FORM:
        raise UploadTooLarge(
            f"The upload has {declared // archive.MIB:,} MB: at most "
            f"{LIMIT // archive.MIB} MB are accepted. Nothing was read.",
            next_step="Leave out source maps and media, then upload it again.",
            act=act,
        )


@contextmanager
def spooled(pieces: Iterable[bytes], declared: int) -> Iterator[IO[bytes]]:
    """Write what arrives into a temporary file; refuse when it is not what was declared."""
    with tempfile.TemporaryFile() as spool:
        received = 0
        for piece in pieces:
            received += len(piece)
            if received > LIMIT:
                words = f"More than {LIMIT // archive.MIB} MB arrived. Nothing was stored."
                raise UploadTooLarge(words, act=Act(Verb.BUNDLE_UPLOADED))
            spool.write(piece)
        if received != declared:
            raise cut_off(f"{received:,} of {declared:,} bytes arrived")
        yield spool


def cut_off(words: str) -> Invalid:
    """Return the refusal of half an upload."""
    return Invalid(
        f"The upload was cut off: {words}. Nothing was stored.",
        next_step="Send it again.",
        act=Act(Verb.BUNDLE_UPLOADED),
    )


def upload_bundle(
    environment: Environment, user: User, upload: IO[bytes], *, size: int, label: str
) -> tuple[Bundle, bool]:
    """Check and store an uploaded file; return the bundle, and whether it is new.

    The same files again are the same bundle.
    """
    refuse_upload(environment, user)
    bucket = store.bucket(environment)
    found = _check(environment, user, upload, size)
    old = Bundle.objects.filter(environment=environment, digest=found.digest).first()
    if old is not None:
        detail = {"digest": old.digest, "again": True}
        audit(old.act(Verb.BUNDLE_UPLOADED), actor=user.actor, detail=detail)
        return old, False
    upload.seek(0)
    kind, sha256 = archive.format_of(upload.read(512)), store.digest_of(upload)
    act = Act(Verb.BUNDLE_UPLOADED, f"archive:{sha256}", environment.slug)
    detail = {"digest": found.digest}
    audit(act, actor=user.actor, outcome=Outcome.ADMITTED, detail=detail)
    try:
        name = store.keep(environment, upload, size=size, sha256=sha256, kind=kind)
    except CloudError as error:
        audit(act, actor=user.actor, outcome=Outcome.FAILED, detail={"error": str(error)})
        raise
    values = {
        "label": _printable(label),
        "archive": name,
        "archive_sha256": sha256,
        "archive_format": kind,
        "bucket": bucket,
        "size": size,
        "unpacked": found.unpacked,
        "files": found.as_json(),
        "api_origin": config.api_origin(environment),
        "uploaded_by": user,
    }
    with transaction.atomic():  # the second of two uploads at the same moment finds the first one's
        bundle, new = Bundle.objects.get_or_create(
            environment=environment, digest=found.digest, defaults=values
        )
        detail = {
            "digest": bundle.digest,
            "archive": bundle.archive_sha256,
            "files": len(found.files),
        }
        audit(bundle.act(Verb.BUNDLE_UPLOADED), actor=user.actor, detail=detail)
    return bundle, new


def find_bundle(environment: Environment, digest: str) -> Bundle:
    """Return the environment's bundle with this digest, or refuse and name those that exist."""
    act = environment.act(Verb.RELEASE_REQUESTED)
    rows = Bundle.objects.filter(environment=environment)
    found = rows.filter(digest=digest).first()
    if found is None:
        there = ", ".join(str(bundle) for bundle in rows.defer("files")[:5]) or "no bundle at all"
        raise Invalid(
            f"bundle: {digest[:80]} was not uploaded for {environment.slug}; there is {there}.",
            next_step=(
                "Upload the build that was made for this environment, or pick one that is there."
            ),
            act=act,
        )
    origin = config.api_origin(environment)
    if not found.api_origin or found.api_origin != origin:
        raise Invalid(
            f"bundle: {found} calls the API at {found.api_origin}, and that of {environment.slug} "
            f"is now at {origin}.",
            next_step=f"Build it with VITE_API_BASE_URL={origin} and upload that build.",
            act=act,
        )
    return found


def _check(
    environment: Environment, user: User, upload: IO[bytes], size: int
) -> check.CheckedBundle:
    rules = config.bundle_rules(environment, read_secrets(environment, user.actor))
    try:
        return check.check_bundle(upload, size, rules)
    except archive.UnusableBundle as error:
        act = environment.act(Verb.BUNDLE_UPLOADED)
        words = f"The bundle is rejected. {error}"
        raise Invalid(words, next_step=error.next_step, act=act) from error


def read_secrets(environment: Environment, actor: str) -> dict[str, str]:
    """Return the environment's secrets by name, in memory, so that no build contains one.

    What Vault does not give is not compared. Each reading is recorded first.
    """
    cloud, found = client(environment.home_region), {}
    for reference in environment.secrets.exclude(name="INSTRUCTOR_USERNAME"):
        audit(Act(Verb.SECRET_READ, f"secret:{reference.name}", environment.slug), actor=actor)
        try:
            bundle = cloud.read("secrets", "get_secret_bundle", reference.secret_ocid).data
        except CloudError:
            continue
        content = base64.b64decode(bundle["secretBundleContent"]["content"])
        value = content.decode("utf-8", "replace")
        is_address = reference.name == "DATABASE_URL"
        found[reference.name] = _password(value) if is_address else value
    return found


def _password(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or address)
    except ValueError:
        return address


def _printable(label: str) -> str:
    name = label.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:120]
