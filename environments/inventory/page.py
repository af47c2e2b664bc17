"""What the inventory pages show, in a number of queries that does not depend on what there is."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import QueryDict

from environments.inventory.rows import InventoryQuery, rows
from environments.models import DRIFT, DriftItem, DriftReport, Environment, ManagedResource

PAGE = 50


def inventory_context(environment: Environment, query: QueryDict) -> dict[str, Any]:
    """Return the context of one environment's inventory."""
    wanted, every = (
        InventoryQuery.parse(query),
        ManagedResource.objects.filter(environment=environment),
    )
    page = _page(wanted.narrow(every).order_by("key"), query)
    return {
        "environment": environment,
        "wanted": wanted,
        "page": page,
        "rows": rows(list(page.object_list), [environment]),
        "kinds": _choices(every, "kind"),
        "states": _choices(every, "state"),
        "query": _without_page(query),
    }


def list_context(query: QueryDict) -> dict[str, Any]:
    """Return the context of the list of environments, with a search over what is in them."""
    wanted = InventoryQuery.parse(query)
    searched = bool(wanted.text or wanted.kind or wanted.state)
    context: dict[str, Any] = {
        "wanted": wanted,
        "searched": searched,
        "query": _without_page(query),
    }
    if searched:
        found = wanted.narrow(ManagedResource.objects.select_related("environment"))
        page = _page(found.order_by("environment__position", "environment__slug", "key"), query)
        shown = list(page.object_list)
        return {**context, "page": page, "rows": rows(shown, {one.environment for one in shown})}
    page = _page(Environment.objects.order_by("position", "slug"), query)
    return {**context, "page": page, "environments": _counted(list(page.object_list))}


def _counted(environments: list[Environment]) -> list[dict[str, Any]]:
    """Return each environment with its counts; four queries for all."""
    resources = dict(_per(ManagedResource, environments, Count("pk")))
    drift = dict(_per(DriftItem, environments, Count("pk"), Q(closed_at=None, sort__in=DRIFT)))
    looked = dict(_per(DriftReport, environments, Max("at")))
    return [
        {
            "environment": one,
            "resources": resources.get(one.pk, 0),
            "drift": drift.get(one.pk, 0),
            "looked": looked.get(one.pk),
        }
        for one in environments
    ]


def _per(model: Any, environments: list[Environment], what: Any, which: Q | None = None) -> Any:
    found = model.objects.filter(which or Q(), environment__in=environments).order_by()
    return found.values_list("environment").annotate(what)


def _page(found: Any, query: QueryDict) -> Any:
    return Paginator(found, PAGE).get_page(query.get("page"))


def _choices(every: Any, name: str) -> list[str]:
    return [
        value for value in every.order_by(name).values_list(name, flat=True).distinct() if value
    ]


def _without_page(query: QueryDict) -> str:
    kept = query.copy()
    kept.pop("page", None)
    return kept.urlencode()
