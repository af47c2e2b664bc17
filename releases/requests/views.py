"""The pages on which releases are requested, compared and promoted."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from environments.models import Environment
from portal.accounts.access import allow, role_required
from portal.accounts.requests import SignedInRequest
from portal.acts.form_page import form_page
from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.cloud.errors import CloudError
from portal.lib.refusal import Missing, Refused
from releases import page
from releases.deployment import images
from releases.frontend import page as frontend
from releases.models import Release
from releases.models.release import ALEMBIC, GIT_SHA, VERSION
from releases.requests import comparison, promote, promotion, push_commands
from releases.requests import create as requests

BUNDLES = 10
OFFERED = 100


class RequestForm(forms.Form):
    """What a person gives; the images are picked from what the repositories hold."""

    version = forms.CharField(
        max_length=60, validators=[VERSION], help_text="Name of the release, for example 1.5.0."
    )
    git_sha = forms.CharField(
        label="Git commit",
        min_length=7,
        max_length=40,
        validators=[GIT_SHA],
        help_text="7 to 40 hexadecimal digits.",
    )
    alembic_head = forms.CharField(
        required=False,
        label="Expected Alembic head",
        max_length=64,
        validators=[ALEMBIC],
        help_text="As “alembic heads” prints it; empty if the database does not change.",
    )
    notes = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What changes; approvers read it.",
    )
    api_digest = forms.CharField(
        max_length=71, error_messages={"required": "Pick an API image."}, widget=forms.HiddenInput
    )
    worker_digest = forms.CharField(
        max_length=71, error_messages={"required": "Pick a worker image."}, widget=forms.HiddenInput
    )
    bundle = forms.CharField(required=False, max_length=71, widget=forms.HiddenInput)

    def visible(self) -> list[forms.BoundField]:
        """Return the fields that are typed; images and bundles are picked in tables."""
        return [self[name] for name in ("version", "git_sha", "alembic_head", "notes")]


@require_http_methods(["GET", "POST"])
@role_required()
def new(request: SignedInRequest) -> HttpResponseBase:
    """Request a release: version, commit, notes, and images out of the repositories."""
    environment = Environment.objects.named(request.GET.get("environment", ""))
    requests.refuse_request(environment, request.user)
    form = RequestForm(request.POST or None, initial={"bundle": request.GET.get("bundle", "")})
    context = {"environment": environment, "form": form, "bundles": frontend.offered(environment)}
    if request.method == "POST" and not form.is_valid():
        return render(request, "releases/new.html", context, status=400)
    return form_page(
        request,
        "releases/new.html",
        context,
        lambda: redirect(requests.request(environment, request.user, **form.cleaned_data)),
    )


@require_GET
@role_required()
def image_list(request: SignedInRequest) -> HttpResponse:
    """Show what the repositories hold: a part that loads after its page."""
    environment = Environment.objects.named(request.GET.get("environment", ""))
    context: dict[str, Any] = {"environment": environment, "chosen": request.GET}
    try:
        context["repositories"] = [
            (role, images.repository(environment, role), images.offered(environment, role))
            for role in images.ROLES
        ]
        namespace = client(environment.home_region).namespace
        context["commands"] = push_commands.image_commands(environment, namespace)
    except (CloudError, Refused) as error:
        context["problem"] = error
    return render(request, "releases/_images.html", context)


@require_POST
@role_required()
def again(request: SignedInRequest, pk: int) -> HttpResponseRedirect:
    """Request the same images with a plan of today."""
    return redirect(requests.request_again(page.get_release(pk), request.user))


@require_safe
@role_required()
def compare(request: SignedInRequest) -> HttpResponse:
    """Show releases `a` and `b` side by side; while one is missing, let the person choose."""
    left, right = (_chosen(request.GET.get(name, "")) for name in ("a", "b"))
    offered = Release.objects.select_related("environment").defer("plan").order_by("-id")[:OFFERED]
    everything = request.GET.get("all") == "1"
    context: dict[str, Any] = {"left": left, "right": right, "releases": offered, "all": everything}
    if left and right:
        found = comparison.compare_releases(left, right)
        same = left.environment_id == right.environment_id
        context |= {
            "sections": [
                (name, changes, sum(not one.kind for one in changes)) for name, changes in found
            ],
            "commits": comparison.commits_url(right.environment, left.git_sha, right.git_sha),
            "environment": left.environment if same else None,
        }
    return render(request, "releases/compare.html", context)


@require_http_methods(["GET", "POST"])
@role_required()
def promote_up(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show what a promotion means: the proof, the images, what differs; then request it there."""
    release = page.get_release(pk)
    act = release.act(Verb.RELEASE_REQUESTED)
    allow(Release.can_request(request.user), request.user, "promote releases", act)
    target = _target(request, release)
    context = {
        "environment": target,
        "release": release,
        "target": target,
        "proof": promotion.prove(target, promotion.content_of(release)),
        "differences": comparison.compare_environments(release, target),
        "bundles": target.bundles.order_by("-id").defer("files")[:BUNDLES],
    }
    given = {name: request.POST.get(name, "")[:4000] for name in ("bundle", "notes")}
    return form_page(
        request,
        "releases/promote.html",
        context,
        lambda: redirect(promote.promote(release, target, request.user, **given)),
    )


@require_GET
@role_required()
def promote_images(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show which images are in the target's repositories: a part that loads after its page."""
    release = page.get_release(pk)
    context: dict[str, Any] = {"release": release, "target": _target(request, release)}
    try:
        context["copies"] = promote.copies(release, context["target"])
    except (CloudError, Refused) as error:
        context["problem"] = error
    return render(request, "releases/_promote_images.html", context)


def _chosen(text: str) -> Release | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        step = "The list of releases lists them all."
        raise Missing(f"There is no release {text[:20]!r}.", next_step=step)
    return page.get_release(int(text))


def _target(request: SignedInRequest, release: Release) -> Environment:
    """Return where the release is promoted to: the environment named, or the next one."""
    slug = request.GET.get("to", "")
    if slug:
        return Environment.objects.named(slug)
    above = promotion.above(release.environment)
    if not above:
        raise Refused(
            f"There is no environment after {release.environment.slug}.",
            next_step="It is the last environment.",
            act=release.act(Verb.RELEASE_REQUESTED),
        )
    return above[0]
