"""Whether an environment is frozen, which holds back whatever has not begun."""

from datetime import datetime

from environments.models import Environment
from portal.lib.clock import now
from releases.approvals import windows
from releases.approvals.windows import Occurrence
from releases.models import FreezeWindow


def frozen(environment: Environment, at: datetime | None = None) -> Occurrence | None:
    """Return the freeze that holds in the environment, until nothing freezes it any more; None when it is free."""
    at = at or now()
    every = [one.window for one in FreezeWindow.objects.over(environment)]
    found = windows.frozen_at(every, at)
    return Occurrence(found.name, found.start, windows.free_from(every, at)) if found else None
