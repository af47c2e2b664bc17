"""The content policy in a real Chromium: no page breaks it, and what unfold's pages do still
works.
"""

import shutil
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import sync_playwright

from environments.models import Environment
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.clock import now
from releases.scaling import load
from tests.patience import patient
from tests.portal.accounts.people import make_cast, person, sign_in

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: install Debian's `chromium`"),
]
AGENT = "portal test browser"


@pytest.fixture
def served(committed_db, settings):
    """Serve the portal on loopback; return its address."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = LiveServerThread("127.0.0.1", _Plain)
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


class _Plain:
    """What LiveServerThread wants around the application; whitenoise inside serves the files."""

    def __new__(cls, handler: WSGIHandler):
        return handler


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium for all these tests."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
        )  # playwright's loop runs in this thread between two calls
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(served, client, chromium):
    """Return a page of a signed-in administrator, and collect what it complains about in
    `page.complaints`.
    """
    cast = make_cast()
    for number in range(30):
        person(f"person-{number}", name=f"Person {number}", roles=["conceptlens-ops-readonly"])
    audit(Verb.LOGIN, actor=cast.admin.actor)
    client.defaults["HTTP_USER_AGENT"] = AGENT
    sign_in(client, cast.admin)
    session = client.session
    view = {"viewport": {"width": 1400, "height": 900}, "user_agent": AGENT}
    with chromium.new_context(base_url=served, **view) as context:
        context.add_cookies(
            [{"name": "portal-session", "value": session.session_key, "url": served}]
        )
        opened = context.new_page()
        opened.set_default_timeout(patient(10_000))
        opened.complaints = []
        opened.on(
            "console",
            lambda said: (
                opened.complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
        yield opened


def settle(page) -> None:
    """Wait until the scripts of the page have taken hold of all its parts."""
    page.wait_for_load_state("load")
    page.wait_for_function(
        "[...document.querySelectorAll('[x-data]')].every(part => part._x_dataStack)"
    )


@pytest.mark.parametrize(
    "address", ["/admin/", "/admin/accounts/user/", "/admin/accounts/user/?is_active__exact=1"]
)
def test_pages_keep_the_policy(page, address):
    answer = page.goto(address)
    assert answer.status == 200
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    settle(page)
    assert page.complaints == []


def test_a_refusal_inside_the_admin_keeps_the_frame_and_the_policy(page):
    assert page.goto("/admin/accounts/user/add/").status == 403
    assert page.locator("#nav-sidebar").first.is_visible()
    assert [said for said in page.complaints if "403" not in said] == []


def open_user_menu(page) -> None:
    page.locator("[x-on\\:click='openUserLinks = !openUserLinks']:visible").click()


def test_the_theme_can_be_switched_and_is_remembered(page):
    page.goto("/admin/")
    open_user_menu(page)
    page.get_by_text("Dark", exact=True).first.click()
    page.wait_for_function("document.documentElement.classList.contains('dark')")
    page.reload()
    page.wait_for_function("document.documentElement.classList.contains('dark')")
    assert page.complaints == []


def test_the_sidebar_folds_and_stays_folded(page):
    page.goto("/admin/accounts/user/")
    assert page.locator("#nav-sidebar").first.is_visible()
    page.get_by_text("dock_to_right").first.click()
    page.wait_for_function("localStorage.getItem('sidebarDesktopOpen') === '0'")
    page.reload()
    settle(page)
    page.locator("#nav-sidebar").first.wait_for(state="hidden")
    assert page.complaints == []


def test_the_filters_of_a_list_open_and_work(page):
    page.goto("/admin/accounts/user/")
    settle(page)
    page.locator("[x-on\\:click*=filterOpen]").first.click()
    filters = page.locator("#changelist-filter")
    filters.wait_for(state="visible")
    filters.locator("a", has_text="No").first.click()
    page.wait_for_url("**is_active__exact=0")
    assert page.complaints == []


def test_the_search_opens_by_key_and_finds_a_page(page):
    page.goto("/admin/")
    settle(page)
    page.keyboard.press("Control+k")
    box = page.locator("#search-input-command")
    box.wait_for(state="visible")
    box.press_sequentially("users")
    page.locator("#command-results-list a").first.wait_for(state="visible")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/accounts/user/**")
    assert page.complaints == []


def test_the_user_menu_opens_and_signs_out(page):
    page.goto("/admin/")
    open_user_menu(page)
    page.get_by_text("Sign out").first.click()
    page.get_by_text("Your session at the portal has ended.").wait_for()
    assert page.complaints == []


def test_a_phone_can_open_the_sidebar(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/accounts/user/")
    page.locator("[x-on\\:click*=sidebarMobileOpen]:visible").first.click()
    page.locator("#nav-sidebar").first.wait_for(state="visible")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.complaints == []


def test_an_inline_script_does_not_run(page):
    page.goto("/admin/")
    page.evaluate(
        "document.body.appendChild(Object.assign(document.createElement('script'), {text:"
        " 'window.ran = 1'}))"
    )
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')"
    )
    failed = (
        "image => new Promise(done => image.complete ? done() : image.addEventListener('error',"
        " done))"
    )
    page.locator("img[src=x]").evaluate(failed)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in said for said in page.complaints)


def test_the_plain_pages_keep_the_policy(page):
    for address in ("/accounts/sessions/", "/nowhere/", "/accounts/signup/"):
        page.goto(address)
    assert [said for said in page.complaints if "404" not in said] == []


@pytest.fixture
def measured(committed_db, monkeypatch):
    """An environment with two checks for drift, and one instance in Monitoring."""
    environment = Environment.objects.create(
        slug="dev",
        name="Development",
        position=1,
        home_region="us-ashburn-1",
        owner="team",
        cost_center="cc-1",
    )
    for minutes, count in ((20, 0), (10, 2)):
        environment.drift_reports.create(at=now() - timedelta(minutes=minutes), count=count)
    points = [{"timestamp": now().isoformat(), "value": 40.0}]
    row = {"dimensions": {"resourceDisplayName": "api-1"}, "aggregatedDatapoints": points}
    monkeypatch.setattr(
        load, "charts", lambda environment: [load.cached(load.draw("Processor", [row], now()))]
    )


def test_charts_are_drawn_with_the_page_and_by_htmx(measured, page):
    for address, points in (("/environments/dev/drift/", 2), ("/releases/scale/dev/", 1)):
        page.goto(address)
        canvas = page.locator("canvas.chart[style*=block]")  # Chart.js has taken it
        canvas.wait_for()
        assert canvas.evaluate("canvas => Chart.getChart(canvas).data.labels.length") == points
    assert page.complaints == []
