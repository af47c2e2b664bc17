"""The button that hands out an environment's configuration as a zip."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from environments.export.folder import export_files, zipped
from environments.models import Environment
from portal.accounts.access import allow, role_required
from portal.accounts.models import User
from portal.accounts.requests import SignedInRequest
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.canonical import digest


@require_POST
@role_required()
def export(request: SignedInRequest, slug: str) -> HttpResponse:
    """Hand out the files of an environment as one zip."""
    return archived(Environment.objects.named(slug), request.user)


def archived(environment: Environment, user: User) -> HttpResponse:
    """Return the files of an environment as one zip; who took it is in the audit trail."""
    act = environment.act(Verb.CONFIG_EXPORTED)
    allow(environment.can_export(user), user, f"export {environment.slug}", act)
    contents = export_files(environment)
    seal = digest({name: content.decode() for name, content in contents.items()})
    audit(act, actor=user.actor, detail={"files": len(contents), "digest": seal})
    name = f"{environment.prefix}-{environment.slug}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(zipped(contents), content_type="application/zip", headers=headers)
