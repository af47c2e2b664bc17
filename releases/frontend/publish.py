"""Puts a bundle's files into the public bucket: index.html last, after all that it loads."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from portal.cloud.errors import NotFoundOrForbidden
from portal.jobs.definition import StepContext
from releases.deployment.context import home
from releases.frontend import headers, store
from releases.frontend.archive import entries
from releases.frontend.file_names import INDEX
from releases.models import Bundle, Publication
from releases.requests.plan import FrontendTarget, PlannedBundle

Files = Sequence[Mapping[str, Any]]


def missing_files(
    ctx: StepContext, config: FrontendTarget, files: Files
) -> list[Mapping[str, Any]]:
    """Return the files that the public bucket does not have as they are, by name and MD5."""
    there = {one["name"]: one.get("md5") for one in list_files(ctx, config)}
    return [file for file in files if there.get(file["name"]) != file["md5"]]


def list_files(ctx: StepContext, config: FrontendTarget) -> list[dict[str, Any]]:
    """Return what the public bucket holds."""
    found = home(ctx).pages(
        "object_storage",
        "list_objects",
        config.namespace,
        config.bucket,
        fields="name,md5,size",
    )
    return list(found)


def put_files(
    ctx: StepContext, config: FrontendTarget, bundle: PlannedBundle, files: Files
) -> None:
    """Put these files of a bundle into the public bucket, in the order that never shows a
    page without its parts.
    """
    if not files:
        return
    with tempfile.TemporaryFile() as archive:
        store.fetch(home(ctx), bundle, archive)
        for some in in_order(files):
            for file, content in _contents(archive, bundle.size, some):
                put_file(ctx, config, file, content)


def in_order(files: Files) -> list[list[Mapping[str, Any]]]:
    """Return the files in three parts: those kept for good, those that are asked for again,
    index.html alone.
    """
    lasting = [file for file in files if file["cache"] == headers.FOREVER]
    page = [file for file in files if file["name"] == INDEX]
    others = [file for file in files if file not in lasting and file not in page]
    return [some for some in (lasting, others, page) if some]


def put_file(
    ctx: StepContext, config: FrontendTarget, file: Mapping[str, Any], content: bytes
) -> None:
    """Put one object; after a lost answer its name and MD5 say whether it is there."""
    namespace, bucket, name = config.namespace, config.bucket, file["name"]
    cloud = home(ctx)

    def find() -> dict[str, Any] | None:
        try:
            seen = cloud.read("object_storage", "head_object", namespace, bucket, name).headers
        except NotFoundOrForbidden:
            return None
        return {"name": name} if seen.get("content-md5") == file["md5"] else None

    ctx.change(
        "object_storage",
        "put_object",
        namespace,
        bucket,
        name,
        content,
        content_type=file["type"],
        cache_control=file["cache"],
        content_md5=file["md5"],
        label=call_label("put", file),
        target=f"{bucket}/{name}"[:255],
        client=cloud,
        find=find,
    )


def remove_file(ctx: StepContext, config: FrontendTarget, name: str) -> None:
    """Take one object out of the public bucket; one that is not there is no error."""
    namespace, bucket, cloud = config.namespace, config.bucket, home(ctx)

    def find_gone() -> dict[str, Any] | None:
        try:
            cloud.read("object_storage", "head_object", namespace, bucket, name)
        except NotFoundOrForbidden:
            return {"name": name}
        return None

    try:
        ctx.change(
            "object_storage",
            "delete_object",
            namespace,
            bucket,
            name,
            label=call_label("delete", {"name": name, "md5": ""}),
            target=f"{bucket}/{name}"[:255],
            client=cloud,
            find=find_gone,
        )
    except NotFoundOrForbidden:
        return


def files_of(bundle: PlannedBundle) -> list[dict[str, Any]]:
    """Return the list of a bundle's files."""
    found: list[dict[str, Any]] = Bundle.objects.values_list("files", flat=True).get(pk=bundle.id)
    return found


def call_label(act: str, file: Mapping[str, Any]) -> str:
    """Return the name of a call within its step: the content belongs to it, long names are
    cut from the left.
    """
    return f"{act} {file['md5'][:12]} {file['name'][-160:]}"


def outdated_files(environment: str, before: datetime) -> set[str]:
    """Return the names that only bundles had whose last publication ended before that moment."""
    rows = Publication.objects.filter(environment__slug=environment)
    published = set(rows.values_list("bundle_id", flat=True))
    recent = set(rows.exclude(ended_at__lt=before).values_list("bundle_id", flat=True))
    return _file_names(published - recent) - _file_names(recent)


def _file_names(bundles: set[int]) -> set[str]:
    lists = Bundle.objects.filter(pk__in=bundles).values_list("files", flat=True)
    return {file["name"] for files in lists for file in files}


def _contents(
    archive: IO[bytes], size: int, files: Files
) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    """Yield the files wanted with their bytes, one at a time; an archive may have the folder
    `dist` around them.
    """
    wanted = {file["name"]: file for file in files}
    for entry in entries(archive, size):
        name = entry.name.removeprefix("./")
        for candidate in (name, name.partition("/")[2]):
            file = wanted.get(candidate)
            if file and headers.md5(entry.content) == file["md5"]:
                del wanted[candidate]
                yield file, entry.content
                break
