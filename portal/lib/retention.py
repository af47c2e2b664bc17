"""Deleting rows that are kept long enough."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

BATCH = 500  # rows in one transaction
MOST = 50_000  # rows of one table in one round; the next round goes on


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Delete these rows, some at a time, and return how many went."""
    count = 0
    while count < MOST:
        keys = list(rows.values_list("pk", flat=True)[:BATCH])
        if not keys:
            break
        rows.model._default_manager.filter(pk__in=keys).delete()
        count += len(keys)
    return count


def delete_older(rows: QuerySet[Any], name: str, moment: str) -> int:
    """Delete those of the rows whose `moment` is longer ago than RETENTION_DAYS keeps `name`.

    0 days keep them for good."""
    days = settings.RETENTION_DAYS[name]
    if not days:
        return 0
    return delete_in_batches(rows.filter(**{f"{moment}__lt": Now() - timedelta(days=days)}))
