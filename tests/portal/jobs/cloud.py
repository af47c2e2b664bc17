"""A cloud in memory whose next answers can be ordered."""

from portal.cloud.client import Answer


class FakeCloud:
    """Makes things; `troubles` are used up, one a call: an error to raise before or after the
    thing is made.
    """

    def __init__(self):
        self.things = {}
        self.tokens = {}
        self.calls = []
        self.troubles = []
        self.before = lambda name: None

    def trouble(self, *errors, after=False):
        """Let the next calls end in these errors; `after` the thing was made."""
        self.troubles += [(error, after) for error in errors]

    def takes_token(self, service, operation):
        return operation != "put_thing"

    def change(self, service, operation, name, *, retry_token=""):
        self.before(name)
        self.calls.append((name, retry_token))
        error, after = self.troubles.pop(0) if self.troubles else (None, False)
        if error and not after:
            raise error
        made = self._make(name, retry_token if self.takes_token(service, operation) else "")
        if error:
            raise error
        return Answer(
            made, f"request-{len(self.calls)}", "etag", "", 200, {"opc-x": "y", "date": "now"}
        )

    def _make(self, name, token):
        if token and token in self.tokens:
            return self.tokens[token]
        made = {"id": f"ocid1.thing.{name}.{len(self.calls)}", "name": name}
        self.things.setdefault(name, []).append(made)
        if token:
            self.tokens[token] = made
        return made

    def find(self, name):
        """Return the thing, as a look-up in OCI would."""
        return (self.things.get(name) or [None])[0]
