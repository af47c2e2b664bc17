"""One answer format per address, whatever the client says it accepts."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneFormat(BaseContentNegotiation):
    """JSON; exports choose by their own parameter `format`."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser for a JSON body, or none: the framework then answers 415."""
        kind = (request.content_type or "").split(";")[0].strip()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the only renderer."""
        only = next(iter(renderers))
        return only, str(only.media_type)

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format_suffix: str) -> Any:
        """Leave them as they are."""
        return renderers
