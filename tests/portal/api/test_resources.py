"""What the REST API shows: each list and each row, paged without counting, in one shape."""

import pytest

from environments.api import urls as of_environments
from environments.reconcile.planning import make_plan
from portal.api import urls as of_portal
from portal.audit.models import Event
from portal.jobs.dispatch import submit
from releases.api import urls as of_releases
from releases.models import Deployment
from runbooks.api import urls as of_runbooks
from runbooks.models import Incident
from tests.portal.api.conftest import error
from tests.releases.builders import deployed, provisioned, requested

pytestmark = pytest.mark.django_db
EVERY = [
    *of_portal.urlpatterns,
    *of_environments.urlpatterns,
    *of_releases.urlpatterns,
    *of_runbooks.urlpatterns,
]
ROUTES = [route for one in EVERY if (route := str(one.pattern)) != "^(?P<rest>.*)$"]
LISTS = [
    "environments/",
    "environments/dev/resources/",
    "environments/dev/plans/",
    "secrets/",
    "jobs/",
    "releases/",
    "deployments/",
]
MISSING = [
    "environments/mars/",
    "environments/mars/plans/",
    "plans/9/",
    "releases/9/",
    "jobs/00000000-0000-0000-0000-000000000001/",
]


@pytest.fixture
def world(cast, monkeypatch):
    """One of everything."""
    monkeypatch.setattr(
        "environments.reconcile.planning.require_subscribed", lambda environment, cloud: None
    )
    monkeypatch.setattr("environments.reconcile.planning.observe", lambda client, wanted, ocids: {})
    dev = provisioned("dev")
    plan = make_plan(dev, actor="user:dan")
    deployment = deployed(dev, cast.deployer, "1.4.0")
    job = submit("environments.plan", environment="dev", actor="user:dan")
    Incident.objects.create(environment=dev, kind="api-5xx", title="5xx", severity="CRITICAL")
    return {"plan": plan, "deployment": deployment, "release": deployment.release, "job": job}


@pytest.mark.parametrize("path", LISTS)
def test_everybody_with_a_role_reads_every_list(api, cast, world, path):
    for number, who in enumerate((cast.readonly, cast.deployer, cast.auditor, cast.admin)):
        answer = api(who, ["read"], f"t{number}").get(path)
        assert (
            answer.status_code == 200
            and set(answer.json()) == {"next", "previous", "results"}
            and answer.json()["results"]
        )


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_named(api, cast, path):
    told = error(api(cast.readonly, ["read"]).get(path), 404)
    assert told["code"] == "missing" and (
        "mars" in told["message"] or "9" in told["message"] or "0001" in told["message"]
    )


def test_one_of_each(api, cast, world):
    reader = api(cast.readonly, ["read"])
    assert (
        reader.get("environments/dev/").json()["compartment_ocid"] == ""
        and reader.get("environments/dev/").json()["slug"] == "dev"
    )
    assert reader.get(f"plans/{world['plan'].pk}/").json()["changes"][0]["action"] == "create"
    assert reader.get(f"releases/{world['release'].pk}/").json()["plan"] == world["release"].plan
    assert reader.get(f"jobs/{world['job'].pk}/").json()["steps"][0]["name"] == "plan"
    assert reader.get(f"incidents/{Incident.objects.get().pk}/").json()["entries"] == []
    assert "#" in reader.get("runbooks/api-5xx/").json()["text"]
    assert reader.get("secrets/").json()["results"][0]["secret_ocid"].startswith("ocid1.")


def test_lists_are_narrowed_by_equal_columns_and_by_nothing_else(api, cast, world):
    deployed(provisioned("stage"), cast.deployer, "2.0.0", state=Deployment.State.STANDBY)
    reader = api(cast.readonly, ["read"])
    assert [
        row["version"] for row in reader.get("deployments/", environment="stage").json()["results"]
    ] == ["2.0.0"]
    assert reader.get("releases/", environment="mars").json()["results"] == []
    told = error(reader.get("releases/", enviroment="dev"), 400)
    assert "enviroment is 'dev'" in told["message"] and "environment" in told["message"]


def test_pages_hold_together_newest_first_and_cost_the_same(
    api, cast, django_assert_max_num_queries
):
    dev = provisioned("dev")
    made = [requested(dev, cast.deployer, f"1.{number}.0").pk for number in range(7)]
    reader = api(cast.readonly, ["read"])
    seen, answer = [], reader.get("releases/", limit=3).json()
    while True:
        seen += [row["id"] for row in answer["results"]]
        if not answer["next"]:
            break
        with django_assert_max_num_queries(4):
            answer = reader.client.get(answer["next"]).json()
    assert seen == made[::-1]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1001", "1e3", "٣"])
def test_a_page_size_that_cannot_be_used_is_named(api, cast, limit):
    assert error(api(cast.readonly, ["read"]).get("releases/", limit=limit), 400)[
        "message"
    ].startswith("limit is ")


@pytest.mark.parametrize("cursor", ["x", "bz0xMDA", "cD0%3D", "\x00", "cD0nOyBEUk9Q"])
def test_a_cursor_that_no_page_gave_out_is_refused_or_empty_and_never_a_fault(
    api, cast, world, cursor
):
    assert api(cast.readonly, ["read"]).get("jobs/", cursor=cursor).status_code in (200, 400)


def test_an_address_that_is_not_there_is_told_in_the_same_shape(api, cast):
    assert (
        error(api(cast.readonly, ["read"]).get("nonsense/x"), 404)["message"]
        == "There is nothing at /api/v1/nonsense/x."
    )
    error(api().get("nonsense/x"), 401)


def test_a_method_or_a_body_that_is_not_taken_is_told_in_the_same_shape(api, cast):
    writer = api(cast.deployer)
    error(writer.client.delete("/api/v1/releases/"), 405)
    error(writer.client.post("/api/v1/releases/", "{", content_type="application/json"), 400)
    error(
        writer.client.post(
            "/api/v1/releases/", "a=1", content_type="application/x-www-form-urlencoded"
        ),
        415,
    )
    error(writer.client.post("/api/v1/releases/", "[1]", content_type="application/json"), 400)
    told = error(writer.post("releases/", {"environment": "dev"}), 400)
    assert "version: " in told["message"] and "git_sha: " in told["message"]


def test_a_fault_of_ours_shows_an_id_and_nothing_else(api, cast, monkeypatch):
    monkeypatch.setattr("portal.api.jobs.Jobs.filter_queryset", lambda self, rows: 1 / 0)
    told = error(api(cast.readonly, ["read"]).get("jobs/"), 500)
    assert told["code"] == "fault" and "division" not in str(told)


def test_reading_leaves_no_row(api, cast, world):
    reader = api(cast.readonly, ["read"])
    before = Event.objects.count()
    for path in LISTS:
        reader.get(path)
    assert Event.objects.count() == before


def test_the_schema_describes_every_address_in_openapi_3_1(api, cast, capsys):
    schema = api(cast.readonly, ["read"]).get("schema/").json()
    described = {path.removeprefix("/api/v1/") for path in schema["paths"]}
    routes = {*ROUTES} - {"schema/"}
    assert schema["openapi"].startswith("3.1") and len(described) == len(routes)
    assert "Warning" not in capsys.readouterr().err
    error(api().get("schema/"), 401)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
def test_every_address_answers_the_anonymous_with_401(api, route, method):
    path = (
        route.replace("<str:slug>", "dev")
        .replace("<int:pk>", "1")
        .replace("<uuid:pk>", "00000000-0000-0000-0000-000000000001")
    )
    answer = getattr(api().client, method)(f"/api/v1/{path}")
    assert answer.status_code == 401, (path, method, answer.status_code)


@pytest.mark.parametrize("route", ROUTES)
def test_every_address_answers_somebody_without_a_role_with_403(api, cast, route):
    path = (
        route.replace("<str:slug>", "dev")
        .replace("<int:pk>", "1")
        .replace("<uuid:pk>", "00000000-0000-0000-0000-000000000001")
    )
    assert api(cast.stranger).get(path).status_code == 403
