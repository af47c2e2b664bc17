"""Paging of REST lists: by cursor, newest first, without counting."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from portal.lib.refusal import Invalid


class NewestFirst(CursorPagination):
    """Pages by primary key, newest first; `limit` is 1 to 1000, `cursor` comes from `next` of
    the page before.
    """

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = 1000

    def get_page_size(self, request: Request) -> int | None:
        """Return the size asked for, or refuse it by name."""
        asked = request.query_params.get("limit")
        if asked is not None and not (
            asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= self.max_page_size
        ):
            raise Invalid(
                f"limit is {asked!r}: it must be a whole number from 1 to {self.max_page_size}."
            )
        return super().get_page_size(request)

    def decode_cursor(self, request: Request) -> Any:
        """Return the place to go on from, or refuse it by name."""
        try:
            return super().decode_cursor(request)
        except NotFound as error:
            raise _foreign(request) from error

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return the page; a cursor that decodes to what the column cannot be is refused too."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError) as error:
            raise _foreign(request) from error


def _foreign(request: Request) -> Invalid:
    cursor = request.query_params.get("cursor", "")
    return Invalid(
        f"cursor is {cursor!r}: no page returned it.",
        next_step="Use `next` of the previous page unchanged.",
    )


class NewestCreatedFirst(NewestFirst):
    """For rows whose key says nothing of their age."""

    ordering = "-created_at"
