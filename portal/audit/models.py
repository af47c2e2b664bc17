"""The tables of the audit trail: rows are only added, by the functions of migration 0002."""

from django.db import models


class Event(models.Model):
    """One act, refusal, login, export or call; `body` is hashed, the columns serve look-ups."""

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField(
        help_text=(
            "Transaction that wrote the row: the sealer's proof that none in flight is passed over."
        )
    )
    at = models.DateTimeField(help_text="Moment of the row by the clock of the database.")
    actor = models.TextField()
    verb = models.TextField()
    subject = models.TextField()
    environment = models.TextField()
    outcome = models.TextField()
    job = models.TextField()
    request_id = models.TextField()
    body = models.TextField(help_text="Canonical JSON of the whole event.")
    leaf = models.BinaryField(
        max_length=32, help_text="SHA-256 of a zero byte and the bytes of `body` (RFC 9162)."
    )

    class Meta:
        indexes = [
            models.Index(fields=["xid"], name="audit_event_xid"),
            models.Index(fields=["at", "id"], name="audit_event_at"),
            models.Index(fields=["actor", "at", "id"], name="audit_event_actor"),
            models.Index(fields=["verb", "at", "id"], name="audit_event_verb"),
            models.Index(fields=["environment", "at", "id"], name="audit_event_environment"),
            models.Index(
                fields=["at", "id"],
                name="audit_event_refused",
                condition=models.Q(outcome="refused"),
            ),
        ]

    def __str__(self) -> str:
        about = f"{self.actor} {self.verb} {self.subject} {self.outcome}"
        return f"{self.at:%Y-%m-%d %H:%M:%S} {about}"


class Seal(models.Model):
    """The place of a committed event in the trail: sequence numbers start at 1 and have no gap."""

    sequence = models.BigIntegerField(primary_key=True)
    # without a constraint, which would lock each event row
    event = models.OneToOneField(Event, on_delete=models.DO_NOTHING, db_constraint=False)

    def __str__(self) -> str:
        return str(self.sequence)


class Batch(models.Model):
    """One pass of the sealer.

    Transactions below `horizon` had all ended before it: the next pass need not look there.
    """

    size = models.BigIntegerField(primary_key=True, help_text="Rows sealed after this pass.")
    horizon = models.BigIntegerField()
    cluster = models.BigIntegerField(
        help_text="Identity of the server: transaction numbers of another one mean nothing here."
    )
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"up to {self.size}"


class Node(models.Model):
    """The hash of a complete subtree of 256, 65536, ... leaves, so that a proof reads few rows."""

    id = models.BigAutoField(primary_key=True)
    level = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "position"], name="audit_node_once")
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class Checkpoint(models.Model):
    """A signed statement that the trail had `size` rows with this Merkle root at this time."""

    size = models.BigIntegerField(primary_key=True)
    root = models.TextField()
    time = models.TextField(help_text="RFC 3339, UTC, exactly as signed.")
    prev = models.TextField(
        blank=True,
        help_text="Digest of the signed bytes of the checkpoint before; empty for the first.",
    )
    key_id = models.TextField()
    public_key = models.TextField()
    signature = models.TextField()
    at = models.DateTimeField(
        help_text="The same moment, by the clock of the database, for look-ups."
    )

    def __str__(self) -> str:
        return f"{self.size} {self.root}"
