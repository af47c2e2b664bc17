"""Job kinds for tests."""

from datetime import timedelta
from functools import partial

from portal.jobs.definition import Done, JobKind, Skipped, Step, Stop, Wait
from portal.jobs.models import Worker as WorkerRow
from portal.lib.clock import now
from portal.lib.refusal import Refused

KINDS = [
    "Walk",
    "Look",
    "Make",
    "Put",
    "Fixed",
    "Undoable",
    "Guarded",
    "Slow",
    "Routine",
    "Broken",
    "Polls",
    "Reshaped",
    "Clash",
    "TwoUpdates",
    "Ragged",
]
TABLE = {f"tests.{name.lower()}": f"tests.portal.jobs.kinds.{name}" for name in KINDS}


class Walk(JobKind):
    """One step after the other, as the spec names them; each leaves its own name."""

    def steps(self, job):
        names = job.spec["steps"]
        return [
            Step(name, self.step, needs=names[max(position - 1, 0) : position])
            for position, name in enumerate(names)
        ]

    def step(self, ctx):
        return Done({"ok": True})


class Look(JobKind):
    """Changes nothing."""

    mutating = False
    deadline = timedelta(minutes=1)

    def steps(self, job):
        return [Step("look", lambda ctx: Done())]


class Make(JobKind):
    """Makes one thing, by a call that takes a token."""

    def steps(self, job):
        return [Step("make", self.make, attempts=3)]

    def make(self, ctx):
        return Done(ctx.change("double", "create_thing", "vcn", target="ocid1.compartment").data)


class Put(JobKind):
    """Makes one thing, by a call without a token that can be looked up."""

    def steps(self, job):
        return [Step("put", self.put)]

    def put(self, ctx):
        return Done(
            ctx.change("double", "put_thing", "bucket", find=lambda: ctx.client.find("bucket")).data
        )


class Fixed(JobKind):
    """Makes one thing, by a call without a token that nobody can look up."""

    def steps(self, job):
        return [Step("fix", lambda ctx: Done(ctx.change("double", "put_thing", "rule").data))]


class Undoable(JobKind):
    """Makes two things, then stops; undoes what it made, last first."""

    def steps(self, job):
        return [
            Step("one", self.make),
            Step("two", self.make, needs=["one"]),
            Step("three", self.stop, needs=["two"]),
        ]

    def make(self, ctx):
        made = ctx.change("double", "create_thing", f"thing{len(ctx.results)}").data
        ctx.remember(made=made["id"])
        return Done(made)

    def stop(self, ctx):
        if ctx.spec.get("stop", True):
            raise Stop("the smoke test failed", "Read its answers.")
        return Skipped("nothing to do")

    def compensation(self, job, results):
        return [Step(name, self.undo) for name in ("two", "one") if name in results]

    def undo(self, ctx):
        ctx.change("double", "put_thing", "undo", find=dict)
        return Done()

    def finished(self, job, results):
        FINISHED.append((job.state, sorted(results)))


FINISHED: list = []


class Guarded(JobKind):
    """May make its call only while the gate is open."""

    open = True

    def steps(self, job):
        return [Step("make", lambda ctx: Done(ctx.change("double", "create_thing", "vcn").data))]

    def admit(self, job):
        if not Guarded.open:
            raise Refused("The environment is frozen.", next_step="Wait for the end of the freeze.")


class Slow(JobKind):
    """Asks three times before it is done."""

    deadline = timedelta(minutes=5)

    def steps(self, job):
        return [Step("ask", self.ask, deadline_seconds=job.spec.get("seconds", 600))]

    def ask(self, ctx):
        ctx.memo["asked"] = ctx.memo.get("asked", 0) + 1
        return (
            Done(ctx.memo)
            if ctx.memo["asked"] == 3
            else Wait(30, f"asked {ctx.memo['asked']} times")
        )


class Routine(JobKind):
    """Comes again by itself."""

    mutating = False
    routine = True

    def steps(self, job):
        return [Step("look", self.look)]

    def look(self, ctx):
        raise KeyError("surprise")


class Broken(Walk):
    """Cannot even end."""

    def finished(self, job, results):
        raise ZeroDivisionError("oh")


class Polls(JobKind):
    """Makes a thing, then looks at it three times; each look starts with the same call."""

    def steps(self, job):
        return [Step("make", self.make)]

    def make(self, ctx):
        made = ctx.change("double", "create_thing", "vcn")
        ctx.memo["looks"] = ctx.memo.get("looks", 0) + 1
        return (
            Done({"id": made.data["id"], "etag": made.etag}) if ctx.memo["looks"] == 3 else Wait(1)
        )


class Reshaped(JobKind):
    """Makes a thing in each step and can remove each; tests give it other steps, as another
    version of its code would have.
    """

    names = ("a", "b")
    waits = ()  # steps, on the way and back, that do not end
    removes = ("b", "a")

    def steps(self, job):
        names = list(self.names)
        return [
            Step(name, partial(self.make, name), needs=names[max(n - 1, 0) : n])
            for n, name in enumerate(names)
        ]

    def make(self, name, ctx):
        made = ctx.change("double", "create_thing", name).data
        ctx.remember(made=made["id"])
        return Wait(3600, "not yet") if name in self.waits else Done(made)

    def compensation(self, job, results):
        return [Step(name, partial(self.remove, name)) for name in self.removes if name in results]

    def remove(self, name, ctx):
        ctx.change("double", "put_thing", f"no-{name}")
        return Wait(3600, "not yet") if f"no-{name}" in self.waits else Done()

    def finished(self, job, results):
        FINISHED.append((job.state, sorted(results)))


class Clash(JobKind):
    """Its end meets a rule of the database."""

    def steps(self, job):
        return [Step("a", lambda ctx: Done())]

    def finished(self, job, results):
        WorkerRow.objects.bulk_create(
            WorkerRow(name="twin", started_at=now(), swept_at=now(), slots=1) for _ in range(2)
        )


class TwoUpdates(JobKind):
    """Makes two different calls without telling them apart."""

    def steps(self, job):
        return [Step("update", self.update)]

    def update(self, ctx):
        ctx.change("double", "put_thing", "first", find=dict)
        ctx.change("double", "put_thing", "second", find=dict)
        return Done()


class Ragged(JobKind):
    """Fails with or returns texts that PostgreSQL cannot store; or fails with what a test says."""

    says = ""

    def steps(self, job):
        return [Step("a", self.step)]

    def step(self, ctx):
        if self.says:
            raise RuntimeError(self.says)
        if ctx.spec["raises"]:
            raise Stop("the log says \x00 garbage", "look at \x00")
        return Done({"text": "a\x00b"})
