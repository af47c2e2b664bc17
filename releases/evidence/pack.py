"""Makes the evidence pack of a deployment: its files, a manifest, and a signed audit row that names the manifest."""

import hashlib
import json
from pathlib import Path
from typing import Any

from portal.accounts.access import allow
from portal.accounts.roles import Role, has_role
from portal.audit import merkle, verifier
from portal.audit.checkpoint import as_dict, checkpoint_now
from portal.audit.models import Checkpoint, Event
from portal.audit.seal import seal_once
from portal.audit.trail import record
from portal.audit.tree import StoredTree
from portal.audit.verbs import Verb
from portal.lib.canonical import canonical
from releases.evidence import gather
from releases.evidence.readme import README
from releases.models import Deployment

ROLES = (Role.AUDITOR, Role.ADMIN, Role.DEPLOYER)


def can_export(user: Any) -> bool:
    """Say whether the person may take the evidence: it holds logs of containers, which may speak of students."""
    return has_role(user, *ROLES)


def make(deployment: Deployment, user: Any) -> dict[str, bytes]:
    """Return the files of the pack by name, in order; that it was taken is a row of the trail first.

    The first export of a state names the manifest in its audit row; that row is the seal of every later export of the same
    state, so that all of them are the same bytes. Raises Refused while the trail cannot be signed.
    """
    slug, subject = deployment.environment.slug, f"deployment:{deployment.pk}"
    allow(can_export(user), user, f"take the evidence of deployment {deployment.pk}", verb=Verb.EVIDENCE, environment=slug)
    seal_once()
    files = {"README.md": README.encode(), "verifier.py": Path(verifier.__file__).read_bytes(), **dict(gather.files(deployment))}
    files |= _audit(deployment)
    manifest = _manifest(deployment, subject, files)
    digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
    record(Verb.EVIDENCE, actor=user.actor, subject=subject, environment=slug, detail={"manifest": digest, "files": len(files)})
    seal_once()
    return {**dict(sorted(files.items())), "manifest.json": manifest, "seal.json": _seal(subject, slug, digest)}


def _manifest(deployment: Deployment, subject: str, files: dict[str, bytes]) -> bytes:
    names = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    about = {"subject": subject, "environment": deployment.environment.slug, "version": deployment.release.version}
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
    return f'{{"sequence":{row.seal.sequence},"leaf":"{bytes(row.leaf).hex()}","event":{row.body}}}\n'


def _path(sequence: int, head: Checkpoint, tree: StoredTree) -> list[str]:
    return [step.hex() for step in merkle.inclusion(sequence - 1, head.size, tree.subtree)]


def _head(sequence: int) -> Checkpoint:
    """Return the first signed head that covers a row, signing one when there is none: later heads do not change the pack."""
    return Checkpoint.objects.filter(size__gte=sequence).order_by("size").first() or checkpoint_now()


def _seal(subject: str, slug: str, digest: str) -> bytes:
    """Return the first row that named this manifest, with its proof."""
    named = Event.objects.filter(environment=slug, verb=Verb.EVIDENCE, subject=subject, seal__isnull=False)
    row = next(row for row in named.select_related("seal").order_by("id") if _names(row) == digest)
    head = _head(row.seal.sequence)
    path = _path(row.seal.sequence, head, StoredTree())
    return canonical({"sequence": row.seal.sequence, "event": json.loads(row.body), "path": path, "head": as_dict(head)})


def _names(row: Event) -> str:
    return str(json.loads(row.body)["detail"].get("manifest", ""))
