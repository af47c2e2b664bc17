"""The job that carries signed heads out of the portal."""

from portal.anchors import bucket
from portal.audit.checkpoint import latest
from portal.jobs.definition import Done, StepContext, StepResult, Stop
from portal.jobs.models import ChangeFreeze
from portal.jobs.routine import RoutineJob


class AnchorJob(RoutineJob):
    """Writes the newest head into the anchors' bucket once a minute, if it is not there.

    An anchor that covers more rows than this portal has means that the database was restored from
    a backup, or cut off: the job says so and writes nothing.
    """

    name = "Anchor the audit trail"
    step, label, attempts = "anchor", "Write the newest signed head into the bucket", 2

    def perform(self, ctx: StepContext) -> StepResult:
        head = latest() if bucket.is_configured() else None
        if head is None:
            return Done()
        cloud = bucket.anchor_client()
        kept = bucket.names_from(cloud, head.size)
        self._compare(ctx, max(map(bucket.size_of, kept), default=0))
        if bucket.object_name(head) in kept:
            return Done()
        bucket.put(cloud, head)
        return Done({"rows": head.size})

    def _compare(self, ctx: StepContext, anchored: int) -> None:
        """Freeze and stop when an anchor covers more rows than are signed here, until an admin
        has lifted the freeze for this very anchor.
        """
        head = latest()  # again, after the look: another worker may have signed and anchored more
        size, cause = head.size if head else 0, f"anchor:{anchored}"
        if anchored <= size or ChangeFreeze.objects.acknowledged(cause):
            return
        words = (
            f"The audit trail has {size} signed rows, and an anchor outside covers {anchored}:"
            f" {anchored - size} rows are missing here."
        )
        ChangeFreeze.objects.begin("", actor=ctx.job.as_actor, reason=words, cause=cause)
        raise Stop(
            f"{words} Changes are frozen.",
            "If this database was restored from a backup, the rows after the backup are lost, "
            "and what they made in OCI is not known here: detect drift, then lift the change "
            "freeze with the reason. Otherwise the trail was cut off: "
            "`manage.py audit_verify --anchors` says where.",
        )
