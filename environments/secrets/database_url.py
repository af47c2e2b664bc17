"""Where the application finds its database, for whoever types the secret DATABASE_URL."""

from dataclasses import dataclass

from environments.models import Environment

NAME = "DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Place:
    """What of a database's address is known; the password is in Vault and nowhere here."""

    host: str
    port: int
    user: str

    @property
    def url(self) -> str:
        """Return the address to type, with the word PASSWORD where the password belongs."""
        return f"postgresql://{self.user}:PASSWORD@{self.host}:{self.port}/{self.user}?sslmode=require"


def place(environment: Environment) -> Place | None:
    """Return where the environment's database is, or nothing while there is none."""
    system = environment.resource("db_system")
    if system is None or not system.facts.get("host"):
        return None
    return Place(str(system.facts["host"]), int(system.facts["port"]), str(system.facts.get("user") or ""))
