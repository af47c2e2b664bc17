"""What incidents say against letting a release go up."""

from datetime import datetime

from environments.models import Environment
from runbooks.models import Incident


def open_incidents(environment: Environment, since: datetime) -> list[str]:
    """Return a sentence for each incident of the environment that opened since then and is not over."""
    found = Incident.objects.open().filter(environment=environment, opened_at__gte=since).order_by("id")[:5]
    return [f"incident {one.pk} is open in {environment.slug}: {one.title}" for one in found]
