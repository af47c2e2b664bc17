"""Paging of REST lists: by cursor, newest first, without counting."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages by primary key, newest first."""

    ordering = "-pk"
