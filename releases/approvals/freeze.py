"""Whether an environment is frozen: nothing new is deployed then."""

from datetime import datetime

from environments.models import Environment
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.clock import now
from releases.approvals import windows
from releases.approvals.windows import Occurrence
from releases.models import FreezeWindow


def frozen(environment: Environment, at: datetime | None = None) -> Occurrence | None:
    """Return the freeze that holds in the environment, until nothing freezes it any more;
    None when it is free.
    """
    at = at or now()
    every = [one.window for one in FreezeWindow.objects.over(environment)]
    found = windows.frozen_at(every, at)
    return Occurrence(found.name, found.start, windows.free_from(every, at)) if found else None


def audit_change(window: FreezeWindow, actor: str, *, changed: list[str]) -> None:
    """Record that a window was written or deleted, with all that it says."""
    fields = ("name", "repeats", "starts", "ends", "zone", "enabled")
    detail = {name: getattr(window, name) for name in fields}
    detail |= {"environments": [one.slug for one in window.environments.all()], "changed": changed}
    audit(window.act(Verb.FREEZE_CHANGED), actor=actor, detail=detail)
