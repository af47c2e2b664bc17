"""Frontend bundles by REST: the archive itself is the body, or one part of a form."""

from collections.abc import Iterator
from typing import IO, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment
from portal.api.listing import RowList, found
from portal.api.parameters import Parameters
from portal.api.who import acting_user
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Invalid
from releases.acts import UPLOAD_BUNDLE
from releases.frontend import upload
from releases.models import Bundle

_BUNDLES = Bundle.objects.select_related("environment", "uploaded_by")
_CHUNK = 64 * 1024


class BundleRow(serializers.ModelSerializer[Bundle]):
    """A bundle without the list of its files."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    uploaded_by = serializers.CharField(source="uploaded_by.username", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Bundle
        fields = [
            "id",
            "environment",
            "digest",
            "label",
            "archive",
            "archive_sha256",
            "bucket",
            "size",
            "unpacked",
            "api_origin",
        ]
        fields += ["uploaded_by", "uploaded_at", "url"]


class BundleWhole(BundleRow):
    """A bundle with its files."""

    class Meta(BundleRow.Meta):
        fields = [*BundleRow.Meta.fields, "files"]


class Archive(BaseParser):
    """A body that is the archive: left where it is, to be read as it arrives."""

    media_type = "application/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        """Return nothing: whoever takes the bundle reads the stream."""
        return {}


class Bundles(RowList):
    """The bundles."""

    serializer_class = BundleRow
    queryset = _BUNDLES.defer("files")
    narrows = {"environment": "environment__slug", "digest": "digest"}
    parser_classes = [MultiPartParser, Archive]
    acts = (UPLOAD_BUNDLE,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too long before anything, the check of the session included, reads
        the body.
        """
        if request.method == "POST":
            upload.check_length(_length(request))
        super().initial(request, *args, **kwargs)

    @extend_schema(
        request={"application/zip": OpenApiTypes.BINARY, "application/x-tar": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("environment", required=True),
            OpenApiParameter("name", description="How to call it."),
        ],
        responses={201: BundleWhole, 200: BundleWhole},
    )
    def post(self, request: Request) -> Response:
        """Check and keep a build (zip, tar or tar.gz, at most 200 MB); 200 when the same
        files were there already.
        """
        parameters = Parameters(request, ["environment", "name"])
        environment = Environment.objects.named(parameters.text("environment") or "")
        label = parameters.text("name") or ""
        if (request.content_type or "").startswith("multipart/"):
            return self._take(request, environment, *_part(request), label=label)
        with upload.spooled(_pieces(request), _length(request)) as spool:
            return self._take(request, environment, spool, _length(request), label=label)

    def _take(
        self, request: Request, environment: Environment, file: IO[bytes], size: int, *, label: str
    ) -> Response:
        user = acting_user(request, UPLOAD_BUNDLE, environment)
        bundle, new = upload.upload_bundle(environment, user, file, size=size, label=label)
        return Response(BundleWhole(bundle).data, status=201 if new else 200)


class OneBundle(APIView):
    """One bundle with its files."""

    @extend_schema(responses=BundleWhole)
    def get(self, request: Request, pk: int) -> Response:
        """Return it."""
        return Response(BundleWhole(found(_BUNDLES, "bundle", pk)).data)


def _part(request: Request) -> tuple[IO[bytes], int]:
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise Invalid(
            "file: the form has no part `file` with the archive.", act=Act(Verb.BUNDLE_UPLOADED)
        )
    return file.file, file.size


def _pieces(request: Request) -> Iterator[bytes]:
    """Yield the body as it arrives, never all of it; a sender that went away ends it."""
    try:
        while piece := request._request.read(_CHUNK):
            yield piece
    except OSError:  # Django's UnreadablePostError is one
        return


def _length(request: Request) -> int:
    given = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(given) if given.isdecimal() else 0
