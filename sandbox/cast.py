"""The people of the sandbox: one per role, a second deployer to approve, a stranger to keep out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody of the cast."""

    sub: str
    name: str
    part: str
    groups: tuple[str, ...]

    def claims(self) -> dict[str, object]:
        """Return what the provider says about the person."""
        first, _, last = self.name.partition(" ")
        return {
            "preferred_username": self.sub,
            "name": self.name,
            "given_name": first,
            "family_name": last,
            "email": f"{self.sub}@conceptlens.example",
            "groups": list(self.groups),
        }


CAST = (
    Person(
        "ada",
        "Ada Admin",
        "administrator: everything, production included",
        ("conceptlens-admins",),
    ),
    Person(
        "dan",
        "Dan Deployer",
        "plans, applies dev and stage, requests and deploys releases",
        ("conceptlens-deployers",),
    ),
    Person(
        "dora",
        "Dora Deployer",
        "the second deployer: approves what Dan requests",
        ("conceptlens-deployers",),
    ),
    Person(
        "rory", "Rory Reader", "looks at everything, changes nothing", ("conceptlens-ops-readonly",)
    ),
    Person(
        "audrey", "Audrey Auditor", "looks, and exports the audit trail", ("conceptlens-auditors",)
    ),
    Person("sam", "Sam Stranger", "in no group: is kept out", ()),
)
