"""Lists by REST: newest first, a page at a time, narrowed by parameters that are refused when
they are not known.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.parameters import Parameters
from portal.lib.act import Act
from portal.lib.refusal import Missing

PAGING = ("cursor", "limit")


class RowList(ListAPIView[Any]):
    """A list; `narrows` maps its parameters to the columns that must be equal."""

    narrows: ClassVar[dict[str, str]] = {}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows that fit."""
        parameters = Parameters(self.request, [*self.narrows, *PAGING])
        given = {column: parameters.text(name) for name, column in self.narrows.items()}
        return queryset.filter(
            **{column: value for column, value in given.items() if value is not None}
        )

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page: `results`, and `next` to go on with."""
        return self.list(request, *args, **kwargs)


def found(rows: QuerySet[Any], what: str, key: Any) -> Any:
    """Return the row with that key, or refuse by naming it."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise Missing(
            f"There is no {what} {key}.",
            next_step=f"The list of {what}s lists them all.",
            act=Act("", f"{what}:{key}"),
        )
    return row
