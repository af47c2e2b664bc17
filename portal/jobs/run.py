"""One run of one step."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.cloud.door import Door
from portal.jobs import link
from portal.jobs.calls import CallLedger
from portal.jobs.context import Context
from portal.jobs.definition import Step
from portal.jobs.ending import Ending
from portal.jobs.faults import checkpoint
from portal.jobs.interrupts import Interrupted

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """Runs the step and reports how that ended; called in a thread of the crew."""

    step: Step
    ledger: CallLedger
    results: Mapping[str, dict[str, Any]]
    make_door: Callable[[], Door]
    report: Callable[[Ending], None]

    def __call__(self) -> None:
        """Run the step. Never raises."""
        context = Context(self.ledger, results=self.results, make_door=self.make_door, name=self.ledger.row.label)
        try:
            checkpoint("step-begins")
            self.ledger.hold.check()
            outcome = self.step.run(context)
            checkpoint("step-ends")
        except Interrupted as interrupt:
            self.report(Ending(self.step.name, error=interrupt, memo=context.memo))
        except (Exception, SystemExit) as error:
            link.mend()
            log.info("job %s, step %s: %s", context.job.pk, self.step.name, error, exc_info=True)
            self.report(Ending(self.step.name, error=error, memo=context.memo))
        else:
            self.report(Ending(self.step.name, outcome=outcome, memo=context.memo))
