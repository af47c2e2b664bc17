"""The table of acts: every act through every door for every role."""

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver, reverse

from environments.blueprint import blueprint  # noqa: F401 before kinds: the two import each other
from environments.models import DriftItem, Plan
from environments.reconcile.destroy import make_destroy_plan
from environments.reconcile.planning import make_plan
from portal.acts.spec import Danger, TokenScope
from portal.acts.table import acts
from portal.api.models import ApiToken
from portal.audit.models import Event
from portal.jobs.dispatch import submit
from portal.jobs.models import ChangeFreeze, Job, StepRow
from portal.jobs.states import JobState, StepState
from portal.lib.clock import now
from portal.notifications.models import Webhook
from releases.models import (
    Bundle,
    Deployment,
    FreezeWindow,
    Hold,
    Release,
    Review,
    SmokeTest,
)
from runbooks.models import Incident
from tests.environments.build import built
from tests.portal.accounts.people import sign_in
from tests.portal.api.conftest import SCOPES, Api
from tests.releases.builders import deployed, image, provisioned, requested
from tests.test_every_url import fill

pytestmark = pytest.mark.django_db
ROLES = {  # role of the cast: who acts
    "admin": "admin",
    "deployer": "other_deployer",
    "readonly": "readonly",
    "auditor": "auditor",
    "stranger": "stranger",
}
SHA = "sha256:" + "a" * 64


@dataclass
class Case:
    """A row in the state that fits an act, and how each door is asked to carry it out.

    `jobs` is how many jobs it starts. `forms_only` acts are asked with input that is refused for
    its content, so that nothing but the permission is looked at.
    """

    row: object
    page: str
    data: dict = field(default_factory=dict)
    rest: str = ""
    body: dict = field(default_factory=dict)
    jobs: int = 0
    forms_only: bool = False
    method: str = "post"
    who: dict = field(default_factory=dict)


# --- a row for each act ----------------------------------------------------------------
def environment_case(address, rest="", **more):
    return lambda cast: Case(provisioned("dev"), f"/{address}", rest=rest, **{"jobs": 1, **more})


def plan_case(cast):
    plan = make_plan(provisioned("dev"), actor="user:dan")
    data, path = {"digest": plan.digest}, f"plans/{plan.pk}/apply"
    return Case(plan, f"/environments/dev/{path}/", data, path, data, jobs=1)


def destroy_case(cast, slug="dev", act="apply", page="destroy", jobs=1):
    environment = provisioned(slug)
    given = {"requester": cast.deployer, "empty": False, "actor": "user:dan"}
    plan = make_destroy_plan(environment, **given)
    data, path = {"digest": plan.digest, "environment": slug}, f"plans/{plan.pk}/{act}"
    return Case(plan, f"/environments/{slug}/plans/{plan.pk}/{page}/", data, path, data, jobs=jobs)


def agree_case(cast):
    return destroy_case(cast, "stage", "approve", "approve", 0)


def release_case(act, *, rest="", approved=False, jobs=0, slug="stage", **data):
    def build(cast):
        release = requested(provisioned(slug), cast.deployer)
        if approved:
            release.mark_approved()
        given = {"digest": release.digest, **data}
        path = f"releases/{release.pk}/{rest or act}"
        return Case(release, f"/releases/{release.pk}/{act}", given, path, given, jobs=jobs)

    return build


def withdraw_case(cast):
    made = release_case("withdraw", reason="too early")(cast)
    return_to = {"deployer": "deployer", "admin": ""}  # only the requester may
    made.who = return_to
    return made


def override_case(cast):
    made = release_case("override", reason="cannot wait", jobs=0)(cast)
    window = FreezeWindow.objects.create(
        name="always", repeats="weekly", starts="Mon 00:00", ends="Sun 23:59", zone="UTC"
    )
    window.environments.add(made.row.environment)
    return made


def request_case(cast):
    provisioned("stage")
    content = {"version": "1.4.0", "git_sha": "a" * 40, "api_digest": SHA, "worker_digest": SHA}
    page = "/releases/new?environment=stage"
    return Case(
        provisioned("stage"), page, content, "releases/", {"environment": "stage", **content}
    )


def again_case(cast):
    made = release_case("again")(cast)
    made.rest = ""
    return made


def promote_case(cast):
    release = deployed(provisioned("dev"), cast.deployer, "1.4.0").release
    provisioned("stage", settings={"promote_from": "dev", "bake_minutes": 0})
    address = f"/releases/{release.pk}/promote?to=stage"
    rest = f"releases/{release.pk}/promote"
    return Case(release, address, {}, rest, {"to": "stage"}, forms_only=True)


def glass_case(cast):
    made = release_case(
        "break-glass", reason="nothing else helps", incident="https://status/1", jobs=1
    )(cast)
    made.rest = ""  # no token breaks the glass
    return made


def review_case(cast):
    live = deployed(provisioned("stage"), cast.deployer, "1.4.0")
    review = Review.objects.create(
        release=live.release,
        environment=live.environment,
        requester=cast.deployer,
        actor=cast.deployer,
        reason="nothing else helped",
        incident="1",
        waived=[],
    )
    data = {"finding": "it was necessary indeed"}
    return Case(review, f"/releases/reviews/{review.pk}/", data, f"reviews/{review.pk}/close", data)


def rollback_case(cast):
    stage = provisioned("stage")
    deployed(stage, cast.deployer, "1.0.0", state=Deployment.State.STANDBY)
    live = deployed(stage, cast.deployer, "2.0.0")
    data, path = {"reason": "errors"}, f"releases/{live.release.pk}/rollback"
    return Case(live, "/releases/rollback?environment=stage", data, path, data, jobs=1)


def evidence_case(cast):
    live = deployed(provisioned("stage"), cast.deployer, "2.0.0")
    address = f"/releases/deployments/{live.pk}/evidence"
    return Case(live, address, forms_only=True, method="get")


def secret_case(cast):
    reference = provisioned("dev").secrets.get(name="OPENAI_API_KEY")
    return Case(reference, "/environments/dev/secrets/OPENAI_API_KEY/", forms_only=True)


def bundle_case(cast):
    bundle = Bundle.objects.create(
        environment=provisioned("dev"),
        digest=SHA,
        archive="a",
        archive_sha256=SHA,
        archive_format="zip",
        bucket="b",
        size=1,
        unpacked=1,
        api_origin="https://x",
        uploaded_by=cast.deployer,
    )
    return Case(bundle, f"/releases/frontend/dev/back/{bundle.pk}", forms_only=True)


def hold_case(cast):
    hold = Hold.objects.create(environment=provisioned("dev"), reason="r", placed_by="user:dan")
    return Case(hold, f"/releases/holds/{hold.pk}/", {"reason": "all is well"})


def smoke_test_case(cast):
    test = SmokeTest.objects.for_environment(provisioned("dev"))
    return Case(test, "/releases/smoke/dev/save", {"steps": ""}, forms_only=True)


def job_case(act, *, parked=False, **data):
    def build(cast):
        provisioned("dev")
        job = submit("environments.plan", environment="dev", actor="user:dan")
        if parked:
            Job.objects.filter(pk=job.pk).update(state=JobState.NEEDS_OPERATOR)
            job.refresh_from_db()
        rest = f"jobs/{job.pk}/{act}" if act != "abandon" else ""
        return Case(job, f"/jobs/{job.pk}/{act}/", data, rest)

    return build


def waiting_case(cast):
    made = job_case("abandon")(cast)
    rows = StepRow.objects.filter(job=made.row)
    rows.update(state=StepState.WAITING, memo={"waits_for": "two computations"})
    data = {"reason": "may be lost"}
    return Case(made.row, f"/releases/jobs/{made.row.pk}/go-on", data)


def incident_case(act, **data):
    def build(cast):
        made = Incident.objects.create(environment=provisioned("dev"), kind="api-5xx", title="5xx")
        path = f"incidents/{made.pk}/{act}"
        return Case(made, f"/{path}", data, path, data)

    return build


def difference_case(cast):
    values = {"sort": "changed", "kind": "bucket", "name": "b", "desired": "Enabled"}
    row = DriftItem.objects.create(
        environment=provisioned("dev"),
        key="bucket.uploads",
        field="versioning",
        found="Disabled",
        settings={"versioned_uploads": False},
        first_seen=now(),
        last_seen=now(),
        **values,
    )
    return Case(row, f"/environments/dev/drift/{row.pk}/accept/", rest=f"drift/{row.pk}/take-over")


def resource_case(cast):
    environment = provisioned("dev")
    environment.resources.filter(key="compartment").update(
        key="vault", kind="vault", state="PENDING_DELETION"
    )
    row = environment.resources.get(key="vault")
    return Case(row, "/environments/dev/vault/vault/cancel-deletion/", jobs=1)


def key_case(cast):
    environment = provisioned("dev")
    environment.resources.filter(key="compartment").update(key="key", kind="key", state="ENABLED")
    return Case(environment, "/environments/dev/vault/rotate/", jobs=1)


def token_case(cast):
    token, _ = ApiToken.create(
        name="ci",
        owner=cast.admin,
        scopes=["read"],
        expires_at=now() + timedelta(days=1),
        by="user:ada",
    )
    return Case(token, "")


def freeze_case(cast):
    frozen = ChangeFreeze.objects.begin("dev", actor="user:ada", reason="the anchor is ahead")
    return Case(frozen, "", jobs=0, data={"reason": "it was a restore"})


def webhook_case(jobs=0):
    def build(cast):
        values = {"environment": "dev", "name": "chat", "format": "slack", "host": "hooks.example"}
        return Case(Webhook.objects.create(**values), "", jobs=jobs)

    return build


FORM = {"forms_only": True, "jobs": 0}
SCALE = {
    f"{role}_{name}": n
    for role in ("api", "worker")
    for name, n in (("instances", 1), ("ocpus", 1), ("memory_gb", 4))
}
CASES = {
    "job.cancel": job_case("cancel"),
    "job.resume": job_case("resume", parked=True),
    "job.abandon": job_case("abandon", parked=True, reason="it is of no use"),
    "job.let_step_go_on": waiting_case,
    "token.revoke": token_case,
    "change_freeze.lift": freeze_case,
    "webhook.test": webhook_case(jobs=1),
    "webhook.turn_off": webhook_case(),
    "environment.plan": environment_case("environments/dev/plan/", "environments/dev/plans/"),
    "environment.plan_destroy": environment_case(
        "environments/dev/destroy/", "environments/dev/plans/", body={"kind": "destroy"}
    ),
    "environment.detect_drift": environment_case(
        "environments/dev/drift/look/", "environments/dev/drift/"
    ),
    "environment.discover": environment_case("environments/dev/adopt/look/"),
    "environment.adopt": environment_case("environments/dev/adopt/", **FORM),
    "environment.export": environment_case("environments/dev/export/", jobs=0),
    "environment.rotate_key": key_case,
    "environment.import_certificate": environment_case("environments/dev/certificate/", **FORM),
    "environment.subscribe_region": environment_case("environments/dev/dr-region/", **FORM),
    "environment.scale": environment_case("releases/scale/dev/", data=SCALE, **FORM),
    "environment.run_smoke_test": environment_case("releases/smoke/dev/run"),
    "environment.upload_bundle": environment_case("releases/bundles/?environment=dev", **FORM),
    "plan.apply": plan_case,
    "plan.destroy": destroy_case,
    "plan.agree": agree_case,
    "drift.accept": difference_case,
    "resource.cancel_deletion": resource_case,
    "secret.set": secret_case,
    "release.request": request_case,
    "release.approve": release_case("approve", jobs=1),
    "release.deny": release_case("deny", reason="not today"),
    "release.withdraw": withdraw_case,
    "release.deploy": release_case("deploy", approved=True, jobs=1, slug="dev"),
    "release.promote": promote_case,
    "release.override_freeze": override_case,
    "release.break_glass": glass_case,
    "release.request_again": again_case,
    "review.close": review_case,
    "deployment.roll_back": rollback_case,
    "deployment.take_evidence": evidence_case,
    "smoke_test.edit": smoke_test_case,
    "bundle.put_back": bundle_case,
    "hold.lift": hold_case,
    "incident.acknowledge": incident_case("acknowledge"),
    "incident.resolve": incident_case("resolve", reason="the graph is flat"),
}


@pytest.fixture(autouse=True)
def _cloudless(monkeypatch, settings):
    settings.IDENTITY_WRITE_SECONDS = settings.IDENTITY_READ_SECONDS = 10_000
    monkeypatch.setattr("environments.reconcile.planning.require_subscribed", lambda *a: None)
    monkeypatch.setattr("environments.reconcile.planning.observe", lambda *a: {})
    monkeypatch.setattr("environments.reconcile.destroy.observe", lambda d, w, o: built(w)[0])
    monkeypatch.setattr("environments.reconcile.destroy._running", lambda *a: [])
    monkeypatch.setattr("environments.reconcile.destroy._count_contents", lambda *a: {})
    monkeypatch.setattr(
        "releases.deployment.images.find",
        lambda environment, role, digest: image(environment, role, "1.4.0"),
    )


@contextmanager
def undone():
    """Undo in the database what happens inside."""
    with suppress(_Undo), transaction.atomic():
        yield
        raise _Undo


class _Undo(Exception):
    pass


def people(case, cast):
    """Yield each role with the person who has it in this case."""
    for role, name in ROLES.items():
        who = case.who.get(role, name)
        if who:
            yield role, getattr(cast, who)


def check_effect(spec, case, user, answer, allowed, before):
    """Check that an allowed act left one row and its jobs, a refused one its refusal and
    nothing else.
    """
    rows = Event.objects.filter(id__gt=before).exclude(actor__startswith="system:")
    refused = list(rows.filter(outcome="refused"))
    jobs = Job.objects.exclude(pk=getattr(case.row, "pk", None)).count()
    where = f"{spec.name} by {user}: {answer.status_code} {getattr(answer, 'content', b'')[:300]!r}"
    if case.forms_only:
        assert (answer.status_code in (302, 403)) != allowed or answer.status_code == 302, where
        return
    if allowed:
        assert answer.status_code in (200, 201, 202, 302), where
        assert not refused, where
        assert jobs == case.jobs, where
        done = rows.filter(verb=spec.verb).count()
        assert done == 1 or (done == 0 and rows.filter(verb="job.submitted").count() == 1), where
    else:
        assert answer.status_code in (302, 403), where
        assert jobs == 0, where
        if user.roles:
            assert len(refused) == 1, where


def last_event():
    newest = Event.objects.order_by("-id").first()
    return newest.pk if newest else 0


@pytest.mark.parametrize("name", sorted(acts()))
def test_each_role_is_let_in_or_refused_at_every_door(name, cast):
    spec = acts()[name]
    case = CASES[name](cast)
    for role, user in people(case, cast):
        allowed = bool(set(user.roles) & set(spec.roles))
        assert spec.allowed(case.row, user) == allowed, role
        for door in (ask_page, ask_admin, ask_rest):
            with undone():
                before = last_event()
                answer = door(spec, case, user)
                if answer is not None:
                    check_effect(spec, case, user, answer, allowed, before)


@pytest.mark.parametrize("name", sorted(acts()))
def test_a_token_without_the_scope_is_refused_whatever_its_owner_may(name, cast):
    spec = acts()[name]
    case = CASES[name](cast)
    if not case.rest:
        return
    for _, user in people(case, cast):
        if spec.allowed(case.row, user):
            others = [scope for scope in SCOPES if scope != spec.scope]
            with undone():
                answer = ask_rest(spec, case, user, others)
                assert answer.status_code == 403, (name, user)
                assert f"lacks the scope {spec.scope.value}" in answer.json()["error"]["message"]
                assert Event.objects.latest("id").outcome == "refused"


@pytest.mark.parametrize(
    "name", [name for name, one in acts().items() if one.danger != Danger.NONE]
)
def test_a_dangerous_act_takes_a_fresh_sign_in_at_every_door(name, cast):
    spec = acts()[name]
    case = CASES[name](cast)
    if spec.danger_of(case.row) is Danger.NONE:
        return
    for door in (ask_page, ask_admin):
        with undone():
            answer = door(spec, case, cast.admin, seconds_ago=3600)
            if name in BY_ROW and door is ask_page:
                continue
            if answer is not None and not (spec.own_page and door is ask_admin):
                assert answer.status_code == 403 and b"Sign in again" in answer.content, door


BY_ROW = {"plan.apply"}  # its page asks it of protected environments alone


def ask_page(spec, case, user, seconds_ago=0):
    if not case.page:
        return None
    client = sign_in(Client(), user, seconds_ago=seconds_ago)
    return getattr(client, case.method)(case.page, case.data)


def ask_admin(spec, case, user, seconds_ago=0):
    if spec.model not in admin.site._registry:
        return None
    meta = spec.model._meta
    address = f"admin:{meta.app_label}_{meta.model_name}_act_{spec.action}"
    given = {f.name: case.data.get(f.name, "") for f in spec.fields}
    given |= {f"{f.name}-{case.row.pk}": f.of_row(case.row) for f in spec.fields if f.of_row}
    given |= {f.name: f.expected(case.row) for f in spec.fields if f.expected}
    client = sign_in(Client(), user, seconds_ago=seconds_ago)
    answer = client.post(reverse(address, args=[case.row.pk]), {"confirmed": "yes", **given})
    shown = shown_in_admin(spec, user)
    assert shown == bool(set(user.roles) & set(spec.roles)), f"{spec.name} shown to {user}: {shown}"
    if spec.own_page:
        assert answer.status_code in (302, 403)
        return None
    return answer


def shown_in_admin(spec, user):
    model_admin = admin.site._registry[spec.model]
    request = RequestFactory().get("/")
    request.user = user
    names = [one.method.action for one in model_admin.get_actions_row(request)]
    bulk = spec.action in model_admin.get_actions(request)
    assert bulk == (spec.bulk and not spec.own_page and spec.action in names)
    return spec.action in names


def ask_rest(spec, case, user, scopes=SCOPES):
    if not case.rest:
        return None
    _, secret = ApiToken.create(
        name="t", owner=user, scopes=scopes, expires_at=now() + timedelta(days=1), by="command:test"
    )
    return Api(secret).post(case.rest, case.body)


# --- the doors and the table name each other -------------------------------------------
OTHER_PAGES = {  # pages that take a POST and are no act of the table
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "account_signup",
    "account_inactive",
    "sign_in_again",
    "usersessions_list",
    "oidc_logout",
    "oci-notifications",
    "notifications",  # what a person is told of is their own choice
}
OTHER_COMMANDS = {
    "freeze",  # by the machine's operator, when no one can sign in
    "worker_alive",  # an orchestrator's health check
    "portal_policy",  # prints the rights that the portal needs in OCI
    "migrate",
    "seed",
    "breakglass",
    "audit_checkpoint",
    "audit_verify",
    "sandbox",
}


def test_every_page_that_changes_something_is_named_by_an_act(cast):
    pages = {page for spec in acts().values() for page in (*spec.pages, *spec.own_page[:1])}
    addresses = dict(_routes(get_resolver().url_patterns))
    assert not pages - addresses.keys(), "the table names pages that are not there"
    client = sign_in(Client(raise_request_exception=False), cast.admin)
    unnamed = []
    for name, route in addresses.items():
        if name in pages | OTHER_PAGES or route.startswith(
            ("admin/", "api/", "accounts/", "oidc/")
        ):
            continue
        if "POST" in client.put(fill(route)).get("Allow", ""):
            unnamed.append(name)
    assert unnamed == []


def _routes(patterns, prefix="", space=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(
                pattern.url_patterns,
                route,
                f"{space}{pattern.namespace}:" if pattern.namespace else space,
            )
        elif pattern.name:
            yield f"{space}{pattern.name}", route


def test_every_command_that_acts_is_named_by_an_act():
    named = {spec.command for spec in acts().values() if spec.command}
    there = set()
    for package in (
        "environments",
        "portal",
        "portal.accounts",
        "portal.audit",
        "portal.jobs",
        "sandbox",
    ):
        with suppress(ModuleNotFoundError):
            folder = import_module(f"{package}.management.commands")
            there |= {module.name for module in iter_modules(folder.__path__)}
    assert there - OTHER_COMMANDS == named


def test_commands_leave_one_row_of_the_person_at_the_command_line(cast, tmp_path, monkeypatch):
    provisioned("dev")
    monkeypatch.setattr(
        "environments.management.commands.apply.Command.follow", lambda self, job: "succeeded"
    )
    call_command("plan", "dev", verbosity=0)
    plan = Plan.objects.latest("id")
    call_command("apply", plan.pk)
    call_command("export_config", "dev", str(tmp_path))
    for name in ("environment.plan", "plan.apply", "environment.export"):
        rows = Event.objects.filter(verb=acts()[name].verb, actor__startswith="command:")
        assert rows.count() == 1, name


def test_every_act_has_its_case():
    assert set(CASES) == set(acts())


def test_scopes_are_what_stored_tokens_have():
    assert [scope.value for scope in TokenScope] == ["read", "audit", "deploy", "approve", "admin"]


def test_an_act_is_shown_before_it_is_done(cast, client):
    release = requested(provisioned("stage"), cast.deployer)
    address = reverse("admin:releases_release_act_approve", args=[release.pk])
    page = sign_in(client, cast.admin).get(address).text
    assert acts()["release.approve"].effect in page and release.digest in page
    assert Release.objects.get().state == "requested"
