"""Taking in a bundle: counted and digested as it arrives, checked whole, kept, written down; cut off, it leaves nothing."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.cloud.errors import CloudError
from portal.lib.refusal import Invalid
from releases.frontend import archive, check, config, secret_values, store
from releases.models import Bundle

LIMIT = archive.MAX_ARCHIVE
_FORM = 64 * 1024  # what a form adds to its file


class TooLarge(Invalid):
    """More bytes than are taken."""

    status = 413


def check_length(declared: int, environment: str = "") -> None:
    """Refuse by what the sender says, before a byte is read; a sender must say."""
    about: dict[str, Any] = {"verb": Verb.BUNDLE_UPLOADED, "environment": environment}
    if declared <= 0:
        raise Invalid("The upload does not say how long it is (Content-Length).", next_step="Send the file whole.", **about)
    if declared > LIMIT + _FORM:
        words = f"The upload has {declared // archive.MIB:,} MB: at most {LIMIT // archive.MIB} MB are taken. Nothing was read."
        raise TooLarge(words, next_step="Leave out source maps and media, then upload it again.", **about)


@contextmanager
def spooled(pieces: Iterable[bytes], declared: int) -> Iterator[IO[bytes]]:
    """Write what arrives into a file without a name, gone when it is closed; refuse when it is not what was declared."""
    with tempfile.TemporaryFile() as spool:
        received = 0
        for piece in pieces:
            received += len(piece)
            if received > LIMIT:
                raise TooLarge(f"More than {LIMIT // archive.MIB} MB arrived. Nothing was kept.", verb=Verb.BUNDLE_UPLOADED)
            spool.write(piece)
        if received != declared:
            raise cut_off(f"{received:,} of {declared:,} bytes arrived")
        yield spool


def cut_off(words: str) -> Invalid:
    """Return the refusal of half an upload."""
    return Invalid(f"The upload was cut off: {words}. Nothing was kept.", next_step="Send it again.", verb=Verb.BUNDLE_UPLOADED)


def take(environment: Environment, user: User, upload: IO[bytes], *, size: int, label: str) -> tuple[Bundle, bool]:
    """Check and keep an uploaded file; return the bundle, and whether it is new. The same files again are the same bundle."""
    slug = environment.slug
    allow(Bundle.can_upload(user), user, "upload a frontend", verb=Verb.BUNDLE_UPLOADED, environment=slug)
    bucket = store.bucket(environment)
    found = _checked(environment, user, upload, size)
    old = Bundle.objects.filter(environment=environment, digest=found.digest).first()
    if old is not None:
        _tell(environment, user, old.subject, digest=old.digest, again=True)
        return old, False
    upload.seek(0)
    kind, sha256 = archive.format_of(upload.read(512)), store.digest_of(upload)
    _tell(environment, user, f"archive:{sha256}", Outcome.ADMITTED, digest=found.digest)
    try:
        name = store.keep(environment, upload, size=size, sha256=sha256, kind=kind)
    except CloudError as error:
        _tell(environment, user, f"archive:{sha256}", Outcome.FAILED, error=str(error))
        raise
    about = {"archive": name, "archive_sha256": sha256, "archive_format": kind, "bucket": bucket, "size": size}
    return _written(environment, user, found, label=label, **about)


def find(environment: Environment, digest: str) -> Bundle:
    """Return the environment's bundle with this digest, or refuse by naming those that are there."""
    found = Bundle.objects.filter(environment=environment, digest=digest).first()
    if found is None:
        known_ones = ", ".join(str(bundle) for bundle in Bundle.objects.filter(environment=environment).defer("files")[:5])
        raise Invalid(
            f"bundle: {digest[:80]} was not uploaded for {environment.slug}; there is {known_ones or 'no bundle at all'}.",
            next_step="Upload the build that was made for this environment, or pick one that is there.",
            verb=Verb.RELEASE_REQUESTED,
            environment=environment.slug,
        )
    if not found.api_origin or found.api_origin != config.api_origin(environment):
        raise Invalid(
            f"bundle: {found} calls the API at {found.api_origin}, and that of {environment.slug} is now at "
            f"{config.api_origin(environment)}.",
            next_step=f"Build it with VITE_API_BASE_URL={config.api_origin(environment)} and upload that build.",
            verb=Verb.RELEASE_REQUESTED,
            environment=environment.slug,
        )
    return found


def _checked(environment: Environment, user: User, upload: IO[bytes], size: int) -> check.Checked:
    rules = config.rules(environment, secret_values.secrets(environment, user.actor))
    try:
        return check.checked(upload, size, rules)
    except archive.Unusable as error:
        about: dict[str, Any] = {"verb": Verb.BUNDLE_UPLOADED, "environment": environment.slug}
        raise Invalid(f"The bundle is not taken. {error}", next_step=error.next_step, **about) from error


def _written(environment: Environment, user: User, found: check.Checked, *, label: str, **about: Any) -> tuple[Bundle, bool]:
    """Write the row: the second of two at the same moment finds the first one's."""
    values = {"files": found.as_json(), "unpacked": found.unpacked, "api_origin": config.api_origin(environment)}
    with transaction.atomic():
        bundle, new = Bundle.objects.get_or_create(
            environment=environment,
            digest=found.digest,
            defaults={**values, **about, "label": _plain(label), "uploaded_by": user},
        )
        _tell(environment, user, bundle.subject, digest=bundle.digest, archive=bundle.archive_sha256, files=len(found.files))
    return bundle, new


def _plain(label: str) -> str:
    name = label.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:120]


def _tell(environment: Environment, user: User, subject: str, outcome: Outcome = Outcome.DONE, **detail: Any) -> None:
    record(
        Verb.BUNDLE_UPLOADED,
        actor=user.actor,
        subject=subject,
        environment=environment.slug,
        outcome=outcome,
        detail=detail,
    )
