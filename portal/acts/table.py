"""All acts of the portal: the tables of the apps, as the settings name them."""

from functools import cache

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from portal.acts.spec import ActSpec


@cache
def acts() -> dict[str, ActSpec]:
    """Return every act by its name."""
    rows: list[ActSpec] = [spec for path in settings.ACT_TABLES for spec in import_string(path)]
    found = {spec.name: spec for spec in rows}
    if len(found) != len(rows):
        raise ValueError("two acts have one name: " + ", ".join(sorted(s.name for s in rows)))
    return found


def acts_of(model: type[Model]) -> list[ActSpec]:
    """Return the acts on rows of a model, in the order of the tables."""
    return [spec for spec in acts().values() if spec.model is model]
