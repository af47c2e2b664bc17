"""The pages of decisions beyond yes or no: promote, override a freeze, break the glass, review."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from environments.models import Environment
from portal.accounts.access import allow, fresh_required, role_required, very_fresh_required
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.lib.clock import now
from portal.lib.refusal import Invalid, Missing, Refused
from releases import page
from releases.approvals import break_glass as glass
from releases.approvals import decide, windows
from releases.approvals.windows import Window
from releases.models import Release, Review
from releases.requests import environment_differences, promote, promotion

WITH_IT = ("environment", "requested_by", "decided_by", "job", "review", "freeze_override", "source__environment")
BUNDLES = 10


@require_http_methods(["GET", "POST"])
@role_required()
def promote_up(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what going up means: the proof, the images, what differs; then ask for it there."""
    release = named(pk)
    allow(Release.can_request(request.user), request.user, "promote releases", verb=Verb.RELEASE_REQUESTED)
    target = _target(request, release)
    problem: Refused | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "")[:4000] for name in ("bundle", "notes")}
        try:
            return redirect(promote.promote(release, target, request.user, **given))
        except Invalid as error:
            note(request, error)
            problem = error
    context = {
        "environment": target,
        "release": release,
        "target": target,
        "problem": problem,
        "proof": promotion.of(target, {name: getattr(release, name) for name in promotion.CONTENT}),
        "differences": environment_differences.of(release, target),
        "bundles": target.bundles.order_by("-id").defer("files")[:BUNDLES],
    }
    return render(request, "releases/promote.html", context, status=400 if problem else 200)


@require_GET
@role_required()
def promote_images(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show which images stand in the target's repositories: a part that loads after its page."""
    release = named(pk)
    context: dict[str, Any] = {"release": release, "target": _target(request, release)}
    try:
        context["copies"] = promote.copies(release, context["target"])
    except (CloudError, Refused) as error:
        context["problem"] = error
    return render(request, "releases/_promote_images.html", context)


@require_POST
@role_required()
@fresh_required
def override(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Let a release go in spite of a freeze."""
    release = named(pk)
    decide.override(release.pk, request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"The freeze does not hold back {release} any more.")
    return redirect(release)


@require_http_methods(["GET", "POST"])
@role_required()
@very_fresh_required
def break_glass(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what it means to break the glass; then do it."""
    release = named(pk)
    about: dict[str, Any] = {"verb": Verb.GLASS_BROKEN, "subject": release.subject, "environment": release.environment.slug}
    allow(Release.can_break_glass(request.user), request.user, f"break the glass for release {pk}", **about)
    context: dict[str, Any] = {**page.of_break_glass(release), "given": request.POST}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("reason", "incident")}
        try:
            glass.break_glass(release.pk, request.user, **given)
        except Invalid as error:
            note(request, error)
            context["problem"] = error
        else:
            messages.warning(request, f"The glass is broken: {release.version} goes to {release.environment.slug} now.")
            return redirect(release)
    return render(request, "releases/break_glass.html", context, status=400 if "problem" in context else 200)


@require_http_methods(["GET", "POST"])
@role_required()
def review(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what was done without asking; a second person closes it with a finding."""
    found = Review.objects.select_related("release__requested_by", "environment", "actor", "reviewer").filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no review {pk}.", next_step="The inbox shows those that are open.", subject=f"review:{pk}")
    context = page.of_review(found, request.user)
    if request.method == "POST":
        try:
            glass.close(found.pk, request.user, finding=request.POST.get("finding", ""))
        except Invalid as error:
            note(request, error)
            context["problem"] = error
        else:
            messages.success(request, f"Reviewed: {found.environment.slug} takes normal releases again.")
            return redirect(found)
    return render(request, "releases/review.html", context, status=400 if "problem" in context else 200)


@require_GET
@role_required(Role.ADMIN)
def freeze_preview(request: SignedInRequest) -> HttpResponse:
    """Show the next three occurrences of a window that is being written."""
    repeats = request.GET.get("repeats", "")
    fields = {name: request.GET.get(name, "").strip()[:60] for name in ("starts", "ends", "zone")}
    window = Window("", repeats if repeats in windows.SHAPES else windows.WEEKLY, **fields)
    found = windows.problems(window)
    coming = [] if found else windows.coming(window, now())
    return render(request, "releases/_freeze_preview.html", {"problems": found.values(), "coming": coming, "zone": window.zone})


def named(pk: int) -> Release:
    """Return a release with what its pages show, or refuse."""
    found = Release.objects.select_related(*WITH_IT).filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no release {pk}.", next_step="The list of releases has them all.", subject=f"release:{pk}")
    return found


def _target(request: SignedInRequest, release: Release) -> Environment:
    """Return where the release shall go up to: the environment named, or the next one."""
    slug = request.GET.get("to", "")
    if slug:
        return Environment.objects.named(slug)
    above = promotion.above(release.environment)
    if not above:
        words = f"Nothing comes after {release.environment.slug}."
        raise Refused(words, next_step="It is the last environment.", subject=release.subject)
    return above[0]
