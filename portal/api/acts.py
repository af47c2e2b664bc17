"""Acts by REST: one view over the table of acts."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.acts.spec import ActField, ActSpec
from portal.api.idempotency import HEADER, once
from portal.api.jobs import JobRow
from portal.api.who import acting_user

Given = dict[str, Any]


class ActView(APIView):
    """One address at which one act is carried out, or the one of several that the row and the body
    choose.

    `load(given, **kwargs)` returns the row or raises Missing. The answer shows what the act
    returned when `answer` describes that, else the row as it is afterwards.
    """

    acts: Sequence[ActSpec] = ()
    load: Callable[..., Any]
    choose: Callable[[Any, Given], ActSpec] | None = None
    body: type[serializers.Serializer[Any]] | None = None
    answer: type[serializers.ModelSerializer[Any]] = JobRow
    status = 202

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Carry the act out."""
        given: Given = {}
        row = (
            self.load(given, **kwargs) if kwargs else None
        )  # what does not exist is 404 before 400
        if self.body is not None:
            body = self.body(data=request.data or {})
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        row = row or self.load(given, **kwargs)
        spec = self.choose(row, given) if self.choose else self.acts[0]
        user = acting_user(request, spec, row)

        def act() -> Response:
            made = spec.carry_out(row, user, given)
            if not isinstance(made, self.answer.Meta.model):
                made = self.load(given, **kwargs)
            return Response(self.answer(made).data, status=self.status)

        return once(request, act, in_transaction=not spec.calls_oci)


def act_path(
    route: str,
    *acts: ActSpec,
    load: Callable[..., Any],
    view: type[APIView] = APIView,
    **options: Any,
) -> URLPattern:
    """Return the address of an act; `view` is what answers other methods there.

    `body` is the name that the schema has for the input (its fields are the act's) or a serializer
    of its own.
    """
    body, answer = options.get("body"), options.get("answer", JobRow)
    if isinstance(body, str):
        options["body"] = body = body_of(body, acts[0].fields)
    if "choose" in options:
        options["choose"] = staticmethod(options["choose"])
    described = extend_schema(
        request=body,
        parameters=[HEADER],
        responses={options.get("status", ActView.status): answer},
        description=" ".join(spec.effect for spec in acts),
    )
    bases = (ActView,) if view is APIView else (ActView, view)
    made: type[APIView] = type("Act", bases, {"acts": acts, "load": staticmethod(load), **options})
    return path(route, extend_schema_view(post=described)(made).as_view())


@cache
def body_of(name: str, fields: tuple[ActField, ...]) -> type[serializers.Serializer[Any]]:
    """Return the serializer of an act's fields, under its name in the schema."""
    return type(name, (serializers.Serializer,), {field.name: _input(field) for field in fields})


def _input(field: ActField) -> serializers.Field[Any, Any, Any, Any]:
    if field.flag:
        return serializers.BooleanField(required=False, default=False, help_text=field.label)
    options: dict[str, Any] = {"max_length": field.longest}
    if field.shortest:
        options["min_length"] = field.shortest
    if not field.required:
        options |= {"required": False, "default": "", "allow_blank": field.expected is None}
    return serializers.CharField(**options)
