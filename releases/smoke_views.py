"""The pages of the smoke test: its runs, one run, the button."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from environments.models import Environment
from portal.accounts.access import role_required
from portal.jobs.models import Job
from portal.lib.refusal import Missing
from releases import probe
from releases.models import SmokeRun, SmokeTest
from releases.person import SignedInRequest

SHOWN = 20


@require_GET
@role_required()
def runs(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the last runs; while one is under way the list refreshes itself."""
    environment = Environment.objects.named(slug)
    context = {
        "environment": environment,
        "runs": SmokeRun.objects.filter(environment=environment).select_related("job", "deployment__release")[:SHOWN],
        "running": Job.objects.active(slug).filter(kind=probe.KIND).first(),
        "test": SmokeTest.objects.for_environment(environment),
        "can_run": SmokeTest.can_run(request.user),
        "can_edit": SmokeTest.can_edit(request.user),
    }
    return render(request, "releases/_smoke_runs.html" if request.headers.get("HX-Request") else "releases/smoke.html", context)


@require_POST
@role_required()
def start(request: SignedInRequest, slug: str) -> HttpResponseRedirect:
    """Run the test now."""
    probe.order(Environment.objects.named(slug), request.user)
    return redirect("smoke", slug)


@require_GET
@role_required()
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one run, step by step."""
    found = SmokeRun.objects.select_related("environment", "job", "deployment__release").filter(pk=pk).first()
    if found is None:
        raise Missing(f"There is no smoke test run {pk}.")
    return render(request, "releases/smoke_run.html", {"environment": found.environment, "run": found})
