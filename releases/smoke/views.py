"""The pages of the smoke test: its runs, one run, its versions, its editor, the button."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from environments.models import Environment
from portal.accounts.access import role_required
from portal.accounts.models import User
from portal.accounts.refusals import note
from portal.accounts.requests import SignedInRequest
from portal.jobs.models import Job
from portal.lib.refusal import Missing, Refused
from releases.models import SmokeRun, SmokeTest, SmokeVersion
from releases.smoke import edit as editing
from releases.smoke import preview, probe
from releases.smoke.chart import Past, chart
from releases.smoke.steps import parse
from releases.smoke.text import read

SHOWN, VERSIONS = 40, 10


@require_GET
@role_required()
def runs(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the last runs; while one is under way the list refreshes itself."""
    environment = Environment.objects.named(slug)
    found = SmokeRun.objects.filter(environment=environment).select_related(
        "job", "deployment__release", "version"
    )
    found = found.defer(
        "results", "deployment__release__plan", "version__steps", "job__spec", "job__result"
    )[:SHOWN]
    context = {
        "environment": environment,
        "runs": found,
        "chart": chart([_past(run) for run in reversed(found)], places=SHOWN) if found else None,
        "running": Job.objects.active(slug).filter(kind=probe.KIND).first(),
        "can_run": SmokeTest.can_run(request.user),
    }
    if request.headers.get("HX-Request"):
        return render(request, "releases/_smoke_runs.html", context)
    return render(request, "releases/smoke.html", {**context, **_about(environment, request.user)})


@require_POST
@role_required()
def start(request: SignedInRequest, slug: str) -> HttpResponseRedirect:
    """Run the test now."""
    probe.start(Environment.objects.named(slug), request.user)
    return redirect("smoke", slug)


@require_GET
@role_required()
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one run, step by step."""
    found = (
        SmokeRun.objects.select_related("environment", "job", "deployment__release", "version")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Missing(f"There is no smoke test run {pk}.")
    return render(
        request, "releases/smoke_run.html", {"environment": found.environment, "run": found}
    )


@require_GET
@role_required()
def version(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what a version sends and expects."""
    found = SmokeVersion.objects.select_related("test__environment", "by").filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no version {pk} of a smoke test.")
    context = {
        "environment": found.test.environment,
        "version": found,
        "is_current": found.number == found.test.number,
        "rows": preview.rows(found.steps),
        "longest": preview.longest(found.parsed()),
        "can_edit": SmokeTest.can_edit(request.user),
    }
    return render(request, "releases/smoke_version.html", context)


@require_GET
@role_required()
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Open the editor, with the test itself or what it shall begin from."""
    environment = Environment.objects.named(slug)
    editing.check_may(environment, request.user)
    test = SmokeTest.objects.for_environment(environment)
    text, source = editing.initial_text(test, request.GET.get("from", ""))
    return _editor(
        request,
        environment,
        text,
        test.number,
        words=f"from {source}" if source else "",
        source=source,
    )


@require_POST
@role_required()
def check(request: SignedInRequest, slug: str) -> HttpResponse:
    """Read the text dry: show what its steps would do, send and store nothing."""
    environment = Environment.objects.named(slug)
    editing.check_may(environment, request.user)
    return _editor(
        request,
        environment,
        request.POST.get("steps", ""),
        _base(request),
        words=request.POST.get("words", ""),
    )


@require_POST
@role_required()
def save(request: SignedInRequest, slug: str) -> HttpResponse:
    """Store the text as the next version; what is refused stays in the editor."""
    environment = Environment.objects.named(slug)
    text, words = request.POST.get("steps", ""), request.POST.get("words", "")
    try:
        made = editing.save(environment, request.user, text, base=_base(request), words=words)
    except Refused as error:
        if not SmokeTest.can_edit(request.user):
            raise
        note(request, error)
        base = SmokeTest.objects.for_environment(environment).number
        return _editor(request, environment, text, base, words=words, refusal=error)
    messages.success(
        request,
        f"Version {made.number} of the smoke test of {slug} is stored; the next run uses it.",
    )
    return redirect("smoke", slug)


def _about(environment: Environment, user: User) -> dict[str, Any]:
    test = SmokeTest.objects.for_environment(environment)
    return {
        "test": test,
        "address": probe.address(environment),
        "minutes": environment.setting("smoke_minutes"),
        "versions": test.versions.select_related("by").defer("steps")[:VERSIONS],
        "can_edit": SmokeTest.can_edit(user),
    }


def _editor(
    request: SignedInRequest,
    environment: Environment,
    text: str,
    base: int,
    *,
    words: str = "",
    source: str = "",
    refusal: Refused | None = None,
) -> HttpResponse:
    steps, problems = read(text)
    context = {
        "environment": environment,
        "text": text,
        "base": base,
        "words": words,
        "source": source,
        "refusal": refusal,
        "problems": problems,
        "rows": preview.rows(steps),
        "longest": 0 if problems else preview.longest(parse(steps)),
        "seconds": environment.setting("smoke_seconds"),
        "others": Environment.objects.exclude(pk=environment.pk),
        "unsaved": request.method == "POST" or bool(source),
    }
    wrong = 400 if problems else refusal.status if refusal else 200
    return render(
        request,
        "releases/smoke_edit.html",
        context,
        status=wrong if request.method == "POST" else 200,
    )


def _base(request: SignedInRequest) -> int:
    number = request.POST.get("base", "")[:9]
    return int(number) if number.isascii() and number.isdigit() else 0


def _past(run: SmokeRun) -> Past:
    return Past(run.passed, run.seconds, run.started_at)
