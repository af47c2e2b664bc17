"""The pages: what a person is told of, what is new for their browser, who is on call."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.access import role_required
from portal.accounts.requests import SignedInRequest
from portal.lib.clock import now
from portal.lib.tables import environment_slugs
from portal.mail.models import OutgoingEmail
from portal.notifications.kinds import KINDS
from portal.notifications.models import Channel, Notice, NotificationPreference, Rota
from portal.notifications.models.preference import choice_name

SHOWN = 20
FRESH = 20  # notices that one answer to a browser holds


@require_http_methods(["GET", "POST"])
@role_required()
def mine(request: SignedInRequest) -> HttpResponseBase:
    """Show and keep what the person is told of, and the last messages to them."""
    preference, slugs = NotificationPreference.of(request.user), [*environment_slugs(), ""]
    if request.method == "POST":
        preference.choose(
            set(request.POST.getlist("told")),
            slugs,
            mail="mail" in request.POST,
            browser="browser" in request.POST,
        )
        messages.success(request, "Saved.")
        return redirect("notifications")
    own = Notice.objects.filter(user=request.user).exclude(channel=Channel.BROWSER)
    mails = OutgoingEmail.objects.filter(to=request.user.email) if request.user.email else ()
    context = {
        "preference": preference,
        "slugs": slugs,
        "rows": [_row(preference, kind, slugs) for kind in KINDS.values()],
        "notices": own.order_by("-id")[:SHOWN],
        "refused": [one for one in mails[:SHOWN] if one.problem][:3],
    }
    return render(request, "notifications/mine.html", context)


@require_GET
@role_required()
def new(request: SignedInRequest) -> JsonResponse:
    """Answer what was written for the person's browser after the notice `after`.

    Without `after` only the number of the newest one is answered: the page starts there.
    """
    own = Notice.objects.filter(
        channel=Channel.BROWSER, receiver=f"user:{request.user.pk}"
    ).order_by("id")
    given = request.GET.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 19 else None
    if after is None:
        rows, newest = [], own.order_by("-id").values_list("pk", flat=True).first() or 0
    else:
        rows = list(own.filter(pk__gt=after)[:FRESH])
        newest = rows[-1].pk if rows else after
    told = [
        {"id": row.pk, "title": str(row), "words": row.words[:300], "url": row.url} for row in rows
    ]
    on = NotificationPreference.of(request.user).browser
    return JsonResponse({"on": on, "latest": newest, "notices": told})


@require_GET
@role_required()
def on_call(request: HttpRequest) -> HttpResponse:
    """Show who is on call in each environment now, and who is next."""
    at = now()
    rotas = Rota.objects.prefetch_related("members__user", "overrides__user")
    by_slug = {rota.environment: rota for rota in rotas}
    rows = [_shift(slug, by_slug.get(slug), at) for slug in environment_slugs()]
    context = {"rows": rows, "can_manage": Rota.can_manage(request.user)}
    return render(request, "notifications/on_call.html", context)


def _shift(slug: str, rota: Rota | None, at: Any) -> dict[str, Any]:
    if rota is None:
        return {"slug": slug, "rota": None}
    rotation = rota.rotation()
    people = {one.user_id: one.user for one in rota.members.all()}
    people |= {one.user_id: one.user for one in rota.overrides.all()}
    change = rotation.next_change(at)
    return {
        "slug": slug,
        "rota": rota,
        "now": people.get(rotation.on_call(at) or 0),
        "next": people.get(change[1] or 0) if change else None,
        "changes_at": change[0] if change else None,
        "overrides": [one for one in rota.overrides.all() if one.ends > at],
    }


def _row(preference: NotificationPreference, kind: Any, slugs: list[str]) -> dict[str, Any]:
    boxes = [
        {
            "name": choice_name(kind, slug),
            "ticked": preference.wants(kind, slug),
            "label": f"{kind.title} in {slug or 'the portal itself'}",
            "shown": kind.happens_in(slug),
        }
        for slug in slugs
    ]
    return {"kind": kind, "boxes": boxes}
