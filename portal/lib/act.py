"""The act that a permission, a refusal and an audit row speak of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Act:
    """What is done, to what, in which environment; made by the row: `release.act(verb)`.

    `verb` is one of `portal.audit.verbs.Verb`, `subject` a kind and a key such as `release:7`,
    `environment` a short name, empty when the act concerns none.
    """

    verb: str
    subject: str = ""
    environment: str = ""
