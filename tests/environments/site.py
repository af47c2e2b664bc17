"""One environment in the simulator, built step by step without engine or database: what the
tests of kinds stand on.
"""

import time
import uuid
from types import SimpleNamespace

from environments import webhook_address
from environments.blueprint import blueprint
from environments.reconcile.converge import Converge
from environments.reconcile.graph import in_order
from environments.reconcile.observe import observe
from environments.reconcile.plan import plan
from portal.cloud.client import client
from portal.cloud.errors import Unreachable
from portal.jobs.definition import Done, Wait
from tests.environments.build import spec
from tests.ports import free_port

REGION = "us-ashburn-1"
UNCONFIRMED = ("attention", "subscription", "PENDING")


class Context:
    """The engine's side of a step, with no ledger: calls go straight out."""

    def __init__(self, site, key):
        self.job = site.job
        planned = [change.for_job() for change in getattr(site, "changes", {}).values()]
        self.spec = {"region": REGION, "known": site.known, "changes": planned}
        self.results = site.results
        self.memo = {}
        self.calls = []
        self.site = site
        self.key = key
        self.token = uuid.uuid4().hex

    def remember(self, **values):
        self.memo.update(values)

    def say(self, line):
        self.memo.setdefault("said", []).append(line)

    def change(
        self, service, operation, *args, label=None, target="", find=None, client=None, **kwargs
    ):
        self.calls.append(operation)
        self.site.calls.append((self.key, operation))
        return client.change(
            service, operation, *args, retry_token=f"{self.token}{label}"[:64], **kwargs
        )


class Site:
    """A blueprint and what became of it."""

    def __init__(self, *keys, domain="", also=None, **changes):
        settings = {"listener_port": free_port(), "domain": domain, **(also or {})}
        here = {
            "webhook": webhook_address.shown(),
            "webhook_seal": webhook_address.seal(),
            "settings": settings,
        }
        self.wanted = blueprint(spec(**{**here, **changes}))
        if keys:
            self.wanted = with_needs(self.wanted, keys)
        self.job = SimpleNamespace(pk=uuid.uuid4())
        self.results, self.known, self.remembered, self.calls = {}, {}, {}, []
        self.client = client(REGION)

    def want(self, key):
        return next(want for want in self.wanted if want.key == key)

    def observe(self):
        return observe(self.client, self.wanted, self.remembered)

    def found(self, key):
        return self.observe()[key]

    def plan(self):
        """Return the changes that are not nothing, by key.

        The unconfirmed subscription is left out: no portal answers OCI's confirmation here.
        """
        self.changes = {
            change.want.key: change for change in plan(self.wanted, self.observe(), self.remembered)
        }
        return {
            key: change
            for key, change in self.changes.items()
            if change.action != "nothing" and (change.action, key, change.state) != UNCONFIRMED
        }

    def apply(self):
        """Plan, and carry it out one change after the other; return the second plan."""
        observed = self.observe()
        self.known = {key: found.known.as_json() for key, found in observed.items() if found}
        changes = self.plan()
        for key in in_order({want.key: want.all_needs() for want in self.wanted}):
            if key in changes:
                self.converge(changes[key])
        return self.plan()

    def converge(self, change, tries=200):
        """Run one step until it is done; return its context."""
        context = Context(self, change.want.key)
        for _ in range(tries):
            try:
                outcome = Converge(context, change).run()
            except Unreachable as error:  # the engine waits for such, too
                time.sleep(0.2)  # a tenth failure would open the breaker
                outcome = Wait(0, error.message)
            if isinstance(outcome, Done):
                self.results[change.want.key] = outcome.result
                self.remembered[change.want.key] = outcome.result["ocid"]
                return context
            time.sleep(min(outcome.seconds, 0.02))
        raise AssertionError(f"{change.want.key} was never done: {outcome}")

    def forget(self, key):
        """As when the database was lost."""
        self.remembered.pop(key)


def with_needs(wanted, keys):
    by_key = {want.key: want for want in wanted}
    chosen, waiting = set(), list(keys)
    while waiting:
        key = waiting.pop()
        if key not in chosen:
            chosen.add(key)
            waiting += by_key[key].all_needs()
    return [want for want in wanted if want.key in chosen]
