"""The environment variables of ConceptLens that the stub obeys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.conceptlens import database


class Unconfigured(Exception):
    """The process must not start."""


@dataclass(frozen=True)
class Settings:
    """Read once at start, as upstream does."""

    database_url: str = field(repr=False)
    production: bool = False
    instructor: tuple[str, str] = ("admin", "admin")
    origins: tuple[str, ...] = ("*",)
    openai: bool = False
    token_days: int = 30
    queued: bool = False
    queue_backend: str = "file"
    poll_seconds: float = 3.0

    @classmethod
    def read(cls, env: Mapping[str, str]) -> "Settings":
        if not env.get("DATABASE_URL"):
            raise Unconfigured("DATABASE_URL: Field required")
        try:
            database.parse(env["DATABASE_URL"])
        except database.Unusable as error:
            raise Unconfigured(str(error)) from error
        return cls(
            database_url=env["DATABASE_URL"],
            production=env.get("APP_ENV") == "production",
            instructor=(
                env.get("INSTRUCTOR_USERNAME", "admin"),
                env.get("INSTRUCTOR_PASSWORD", "admin"),
            ),
            origins=tuple(
                origin.strip() for origin in env.get("CORS_ALLOWED_ORIGINS", "*").split(",")
            ),
            openai=bool(env.get("OPENAI_API_KEY")),
            token_days=int(env.get("STUDENT_TOKEN_EXPIRY_DAYS", "30")),
            queued=env.get("COMPUTE_ASYNC_ENABLED", "").lower() in ("1", "true", "yes"),
            queue_backend=env.get("COMPUTE_QUEUE_BACKEND", "file"),
            poll_seconds=max(1.0, float(env.get("COMPUTE_WORKER_POLL_SECONDS", "3"))),
        )

    @property
    def shared_queue(self) -> bool:
        """Say whether workers see what the API queues: not with the product's file, which no other
        container sees.
        """
        return self.queued and self.queue_backend == "database"
