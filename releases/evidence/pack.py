"""Makes the evidence pack of a deployment: its files, a manifest, and a signed audit row that
names the manifest.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit import merkle, verifier
from portal.audit.checkpoint import as_dict, checkpoint_now
from portal.audit.models import Checkpoint, Event
from portal.audit.seal import seal_once
from portal.audit.trail import audit
from portal.audit.tree import StoredTree
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.canonical import canonical
from releases.evidence import gather
from releases.models import Deployment

ROLES = (Role.AUDITOR, Role.ADMIN, Role.DEPLOYER)


def can_export(user: object) -> bool:
    """Say whether the person may take the evidence: it holds logs of containers, which may
    speak of students.
    """
    return has_role(user, *ROLES)


def make_pack(deployment: Deployment, user: User) -> dict[str, bytes]:
    """Return the files of the pack by name, in order; that it was taken is a row of the trail
    first.

    The first export of a state names the manifest in its audit row; that row is the seal of every
    later export of the same state, so that all of them are the same bytes. Raises Refused while the
    trail cannot be signed.
    """
    act = Act(Verb.EVIDENCE, f"deployment:{deployment.pk}", deployment.environment.slug)
    allow(can_export(user), user, f"download the evidence of deployment {deployment.pk}", act)
    seal_once()
    files = {
        "README.md": Path(__file__).with_name("README.md").read_bytes(),
        "verifier.py": Path(verifier.__file__).read_bytes(),
        **dict(gather.files(deployment)),
    }
    files |= _audit(deployment)
    manifest = _manifest(deployment, act.subject, files)
    digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
    audit(act, actor=user.actor, detail={"manifest": digest, "files": len(files)})
    seal_once()
    return {
        **dict(sorted(files.items())),
        "manifest.json": manifest,
        "seal.json": _seal(act, digest),
    }


def _manifest(deployment: Deployment, subject: str, files: dict[str, bytes]) -> bytes:
    names = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    about = {
        "subject": subject,
        "environment": deployment.environment.slug,
        "version": deployment.release.version,
    }
    return canonical({**about, "format": 1, "files": names})


def _audit(deployment: Deployment) -> dict[str, bytes]:
    """Return the rows with their proofs of inclusion in the first head that covers them all."""
    rows = list(gather.rows_of(deployment))
    head = _head(max((row.seal.sequence for row in rows), default=1))
    tree = StoredTree()
    lines = [_line(row) for row in rows]
    proofs = {str(row.seal.sequence): _path(row.seal.sequence, head, tree) for row in rows}
    return {
        "audit/rows.ndjson": "".join(lines).encode(),
        "audit/proofs.json": canonical(proofs),
        "audit/head.json": canonical(as_dict(head)),
    }


def _line(row: Event) -> str:
    return (
        f'{{"sequence":{row.seal.sequence},"leaf":"{bytes(row.leaf).hex()}","event":{row.body}}}\n'
    )


def _path(sequence: int, head: Checkpoint, tree: StoredTree) -> list[str]:
    return [step.hex() for step in merkle.inclusion(sequence - 1, head.size, tree.subtree)]


def _head(sequence: int) -> Checkpoint:
    """Return the first signed head that covers a row, signing one when there is none: later
    heads do not change the pack.
    """
    return (
        Checkpoint.objects.filter(size__gte=sequence).order_by("size").first() or checkpoint_now()
    )


def _seal(act: Act, digest: str) -> bytes:
    """Return the first row that named this manifest, with its proof."""
    named = Event.objects.filter(
        environment=act.environment, verb=act.verb, subject=act.subject, seal__isnull=False
    )
    row = next(
        row for row in named.select_related("seal").order_by("id") if _named_manifest(row) == digest
    )
    head = _head(row.seal.sequence)
    path = _path(row.seal.sequence, head, StoredTree())
    return canonical(
        {
            "sequence": row.seal.sequence,
            "event": json.loads(row.body),
            "path": path,
            "head": as_dict(head),
        }
    )


def _named_manifest(row: Event) -> str:
    return str(json.loads(row.body)["detail"].get("manifest", ""))


class _Pipe(io.RawIOBase):
    """Collects what the zip writer writes, to be sent on."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._held += piece
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        piece = bytes(self._held)
        self._held.clear()
        return piece


def zipped(files: Mapping[str, bytes], *, folder: str) -> Iterator[bytes]:
    """Yield the bytes of a zip with these files in one folder.

    No clock, no machine, no compression is in it, so the same files are the same bytes.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(
                f"{folder}/{name}" if folder else name, date_time=(1980, 1, 1, 0, 0, 0)
            )
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            archive.writestr(entry, data)
            yield pipe.take()
    yield pipe.take()
