"""The button that hands out an environment's configuration as a zip."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from environments.export.folder import export_files, zipped
from environments.models import Environment
from portal.accounts.access import allow, role_required
from portal.accounts.requests import SignedInRequest
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.canonical import digest


@require_POST
@role_required()
def export(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hand out the files of an environment as one zip; who took it is in the audit trail."""
    environment = Environment.objects.named(slug)
    act = environment.act(Verb.CONFIG_EXPORTED)
    allow(environment.can_export(request.user), request.user, f"export {slug}", act)
    contents = export_files(environment)
    whole = digest({name: content.decode() for name, content in contents.items()})
    detail = {"files": len(contents), "digest": whole}
    record(act, actor=request.user.actor, detail=detail)
    name = f"{environment.prefix}-{slug}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(zipped(contents), content_type="application/zip", headers=headers)
