"""Which files in the public bucket still belong to a bundle that users, or a rollback, may ask for."""

from datetime import datetime

from releases.models import Bundle, Publication


def outdated(environment: str, before: datetime) -> set[str]:
    """Return the names that only bundles had whose last publication ended before that moment."""
    rows = Publication.objects.filter(environment__slug=environment)
    published = set(rows.values_list("bundle_id", flat=True))
    recent = set(rows.exclude(ended_at__lt=before).values_list("bundle_id", flat=True))
    return _names(published - recent) - _names(recent)


def _names(bundles: set[int]) -> set[str]:
    lists = Bundle.objects.filter(pk__in=bundles).values_list("files", flat=True)
    return {file["name"] for files in lists for file in files}
