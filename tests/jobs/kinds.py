"""Job kinds for tests."""

from datetime import timedelta

from portal.jobs.definition import Done, JobKind, Step


class Walk(JobKind):
    """One step after the other, as the spec names them; each leaves its own name."""

    def steps(self, job):
        names = job.spec["steps"]
        return [Step(name, self.step, needs=names[max(position - 1, 0) : position]) for position, name in enumerate(names)]

    def step(self, ctx):
        return Done({"ok": True})


class Look(JobKind):
    """Changes nothing."""

    mutating = False
    deadline = timedelta(minutes=1)

    def steps(self, job):
        return [Step("look", lambda ctx: Done())]
