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
        kept = bucket.sizes_from(cloud, head.size)
        if kept and kept[-1] > head.size:
            words = (
                f"The audit trail has {head.size} signed rows, and an anchor outside covers"
                f" {kept[-1]}: {kept[-1] - head.size} rows are missing here."
            )
            ChangeFreeze.objects.begin("", actor=ctx.job.as_actor, reason=words)
            raise Stop(
                f"{words} Changes are frozen.",
                "If this database was restored from a backup, the rows after the backup are lost, "
                "and what they made in OCI is not known here: detect drift, then lift the change "
                "freeze with the reason. Otherwise the trail was cut off: "
                "`manage.py audit_verify --anchors` says where.",
            )
        if not kept:
            bucket.put(cloud, head)
            return Done({"rows": head.size})
        return Done()
