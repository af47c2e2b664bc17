"""The pages of decisions: approve, deny, withdraw, override a freeze, break the glass, review."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.access import allow, fresh_required, role_required, very_fresh_required
from portal.accounts.requests import SignedInRequest
from portal.accounts.roles import Role
from portal.acts.form_page import form_page
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Missing
from releases import page
from releases.approvals import break_glass as glass
from releases.approvals import decide, windows
from releases.models import Release, Review


@require_POST
@role_required()
@fresh_required
def approve(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Approve the plan that was on the page."""
    release, job = decide.approve(
        page.get_release(pk).pk,
        request.user,
        digest=request.POST.get("digest", ""),
        comment=request.POST.get("comment", "")[:2000],
    )
    slug = release.environment.slug
    if job is not None:
        messages.success(request, f"Approved; the deployment to {slug} has begun.")
    elif release.state == Release.State.APPROVED:
        words = f"Approved. Another job has {slug} now: press Deploy here when it is over."
        messages.warning(request, words)
    else:
        messages.success(request, f"Approved: {release.tally().words}.")
    return redirect(release)


@require_POST
@role_required()
def deny(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Deny the request."""
    reason = request.POST.get("reason", "")
    return redirect(decide.deny(page.get_release(pk).pk, request.user, reason=reason))


@require_POST
@role_required()
def withdraw(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Withdraw one's own request."""
    reason = request.POST.get("reason", "")
    return redirect(decide.withdraw(page.get_release(pk).pk, request.user, reason=reason))


@require_POST
@role_required()
@fresh_required
def override(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Let a release go in spite of a freeze."""
    release = page.get_release(pk)
    decide.override_freeze(release.pk, request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"The freeze no longer blocks {release}.")
    return redirect(release)


@require_http_methods(["GET", "POST"])
@role_required()
@very_fresh_required
def break_glass(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what it means to break the glass; then do it."""
    release = page.get_release(pk)
    act = release.act(Verb.GLASS_BROKEN)
    can = release.can_break_glass(request.user)
    allow(can, request.user, f"break glass for release {pk}", act)

    def deploy() -> HttpResponseRedirect:
        given = {name: request.POST.get(name, "") for name in ("reason", "incident")}
        glass.break_glass(release.pk, request.user, **given)
        words = f"Break-glass deployment: {release.version} goes to {release.environment.slug} now."
        messages.warning(request, words)
        return redirect(release)

    context = {
        "environment": release.environment,
        "release": release,
        "waives": glass.waives(release),
        "given": request.POST,
    }
    return form_page(request, "releases/break_glass.html", context, deploy)


@require_http_methods(["GET", "POST"])
@role_required()
def review(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what was deployed without approval; a second person closes it with a finding."""
    rows = Review.objects.select_related(
        "release__requested_by", "environment", "actor", "reviewer"
    )
    found: Review | None = rows.filter(pk=pk).first()
    if found is None:
        step = "The inbox shows those that are open."
        act = Act(Verb.REVIEW_CLOSED, f"review:{pk}")
        raise Missing(f"There is no review {pk}.", next_step=step, act=act)

    def close() -> HttpResponseRedirect:
        glass.close_review(pk, request.user, finding=request.POST.get("finding", ""))
        words = f"Review closed: {found.environment.slug} accepts normal releases again."
        messages.success(request, words)
        return redirect(found)

    context = page.review_context(found, request.user)
    return form_page(request, "releases/review.html", context, close)


@require_GET
@role_required(Role.ADMIN)
def freeze_preview(request: SignedInRequest) -> HttpResponse:
    """Show the next three occurrences of a window that is being written."""
    repeats = request.GET.get("repeats", "")
    fields = {name: request.GET.get(name, "").strip()[:60] for name in ("starts", "ends", "zone")}
    shape = repeats if repeats in windows.SHAPES else windows.WEEKLY
    window = windows.Window("", shape, **fields)
    problems = windows.problems(window)
    context = {
        "problems": problems.values(),
        "coming": [] if problems else windows.coming(window, now()),
        "zone": window.zone,
    }
    return render(request, "releases/_freeze_preview.html", context)
