"""What a person reads when the sandbox is up: where to go, as whom, what to do first."""

from sandbox.cast import CAST
from sandbox.place import Place

_TOUR = """
Portal runs at {url}   (everything it talks to is simulated on this machine)

Sign in with one click as
{people}

What to do first, as dan:
  1. Open the environment dev, press Plan dev, read the plan, press Apply; watch the job.
     As ada, set the four secrets of its containers: until then a release is blocked. The page of
     DATABASE_URL says what to type; make password ENV=dev prints the password.
  2. In a second terminal: make push ENV=dev TAG=1.4.0   (images into the new repositories)
  3. Request a release of 1.4.0 for dev with the Alembic head b3c4d5e6f7a8; in a private window
     dora approves it, and it goes live. Do the same with 1.5.0.
  4. make break ENV=dev: the product answers 500, within a minute an alarm opens an incident;
     roll back from its page.

Logs: {logs}    Mail: {mail}    Stop: Ctrl-C (the data stays)    Start over: make reset
"""


def welcome(place: Place) -> str:
    """Return the text."""
    people = "\n".join(f"  {person.sub:<8} {person.name:<16} {person.part}" for person in CAST)
    return _TOUR.format(
        url=f"http://localhost:{place.port}",
        people=people,
        logs=place.folder / "log",
        mail=place.folder / "mail",
    )
