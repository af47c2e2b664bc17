"""Job kinds that work on the small cloud."""

import os

from portal.jobs.definition import Done, JobKind, Step, Wait


class Build(JobKind):
    """Five steps: by token, by look-up, with a wait, with two calls, with no call at all."""

    def steps(self, job):
        return [
            Step("network", self.by_token),
            Step("bucket", self.by_lookup, needs=["network"]),
            Step("balancer", self.slowly, needs=["network"]),
            Step("listeners", self.twice, needs=["bucket", "balancer"]),
            Step("report", self.report, needs=["listeners"]),
        ]

    def compensation(self, job, results):
        return [
            Step(name, self.remove)
            for name in reversed([step.name for step in self.steps(job)])
            if name in results
        ]

    def by_token(self, ctx):
        return Done(ctx.change("double", "create_thing", f"{ctx.job.environment}-network").data)

    def by_lookup(self, ctx):
        name = f"{ctx.job.environment}-bucket"
        return Done(
            ctx.change(
                "double",
                "put_thing",
                name,
                find=lambda: ctx.client.read("double", "get_thing", name).data,
            ).data
        )

    def slowly(self, ctx):
        made = ctx.change("double", "create_thing", f"{ctx.job.environment}-balancer").data
        ctx.remember(ocid=made["id"])
        if not ctx.memo.get("looked"):
            ctx.memo["looked"] = True
            return Wait(0.05, "still being made")
        return Done(made)

    def twice(self, ctx):
        first = ctx.change(
            "double", "create_thing", f"{ctx.job.environment}-http", label="http"
        ).data
        second = ctx.change(
            "double", "create_thing", f"{ctx.job.environment}-https", label="https"
        ).data
        return Done({"ids": [first["id"], second["id"]]})

    def report(self, ctx):
        ctx.say("all is made")
        return Done({"things": len(ctx.results)})

    def remove(self, ctx):
        return Done(
            ctx.change(
                "double", "delete_thing", f"{ctx.job.environment}-network", find=lambda: {}
            ).data
        )


class Poison(JobKind):
    """Kills whoever runs it."""

    def steps(self, job):
        return [Step("bite", lambda ctx: os.kill(os.getpid(), 9))]


class Talk(JobKind):
    """Calls nobody."""

    mutating = False

    def steps(self, job):
        return [Step("hello", self.say), Step("goodbye", self.say, needs=["hello"])]

    def say(self, ctx):
        ctx.say("a word")
        return Done()
