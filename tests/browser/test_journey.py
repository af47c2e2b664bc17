"""The README's tour, in a real browser: plan, apply, release, approve, break, roll back,
account for it.
"""

import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.secret_values import set_secrets
from tests.databases import HEAD
from tests.patience import patient, until

SOON, SLOW = (
    patient(30_000),
    patient(120_000),
)  # ms: one job of the sandbox; an alarm that has to notice


def state_of(page: Page):
    """Return the badge that says how the job or release on the page stands."""
    return page.locator("main .p-badge").first


def plan_dev(page: Page) -> None:
    page.goto("/environments/dev/")
    page.locator(".p-actions").get_by_text("Plan dev").click()
    page.get_by_role("link", name="Result").click(timeout=SOON)


def apply_the_plan(page: Page) -> None:
    page.locator(".p-actions").get_by_text("Apply").click()
    expect(page.locator("h1")).to_contain_text("dev")
    if page.locator("[name=environment]").count():  # what may lose data asks for the name
        page.fill("[name=environment]", "dev")
    for box in page.locator("[name=takes_away]").all():
        box.check()
    page.get_by_role("button", name="Apply to dev").click()
    expect(page.locator("#progress .p-badge").first).to_have_text("succeeded", timeout=SLOW)


def request_release(page: Page, version: str) -> str:
    page.goto("/releases/new?environment=dev")
    page.fill("[name=version]", version)
    page.fill("[name=alembic_head]", HEAD)
    page.fill("[name=git_sha]", "4f2a91c")
    for role in ("api_digest", "worker_digest"):
        page.locator(f"tr:has-text('{version}') input[name={role}]").check()
    page.get_by_role("button", name="Request for dev").click()
    expect(page.locator("h1")).to_have_text(f"{version} for dev")
    return page.url


def approve(page: Page, version: str) -> None:
    page.goto("/inbox/")
    page.get_by_role("link", name=f"{version} for dev").click()
    page.get_by_role("button", name=f"Approve {version} for dev").click()


def release(sandbox, people, version: str) -> None:
    """Dan asks, Dora agrees, the deployment ends well."""
    sandbox.push(version)
    asked = people.page("dan")
    address = request_release(asked, version)
    expect(asked.get_by_role("button", name=re.compile("Approve"))).to_have_count(
        0
    )  # nobody approves his own
    agreed = people.page("dora")
    approve(agreed, version)
    agreed.goto(address)
    expect(agreed.locator(".p-subtitle .p-badge")).to_have_text("deployed", timeout=SLOW)


def test_a_newcomer_walks_the_whole_tour(sandbox, people, tmp_path):
    dan = people.page("dan")
    plan_dev(dan)
    apply_the_plan(dan)
    plan_dev(dan)
    expect(dan.locator("main")).to_contain_text("nothing")
    expect(dan.locator(".p-actions").get_by_text("Apply")).to_have_count(0)

    sandbox.oci(
        "os",
        "bucket",
        "update",
        "--bucket-name",
        "conceptlens-dev-exports",
        "--versioning",
        "Enabled",
    )
    plan_dev(dan)
    expect(dan.locator("main")).to_contain_text("versioning")
    apply_the_plan(dan)
    assert '"versioning": "Suspended"' in sandbox.oci(
        "os", "bucket", "get", "--bucket-name", "conceptlens-dev-exports"
    )

    set_secrets(sandbox, people.page("ada"), "dev")
    release(sandbox, people, "1.4.0")
    release(sandbox, people, "1.5.0")

    sandbox.make_it_fail()
    dan.goto("/")
    dan.locator("section.dev a[href^='/incidents/']").click(timeout=SLOW)
    expect(dan.locator("main")).to_contain_text("What it means")
    incident = dan.url
    dan.get_by_text("Roll back to 1.4.0").click()
    expect(dan.locator("h1")).to_contain_text("dev")
    dan.get_by_role("button", name="Roll back dev to 1.4.0").click()
    expect(dan.locator("#progress .p-badge").first).to_have_text("succeeded", timeout=SOON)
    until_resolved(dan, incident)

    verify_offline(people.page("audrey"), tmp_path)
    assert people.mistakes == []


def until_resolved(page: Page, incident: str) -> None:
    """Look at the incident until the alarm's recovery has closed it."""

    def resolved() -> bool:
        page.goto(incident)
        return state_of(page).inner_text() == "resolved"

    until(
        resolved,
        120,
        meanwhile=lambda: page.wait_for_timeout(500),
        words=lambda: page.inner_text("main"),
    )


def verify_offline(audrey: Page, folder: Path) -> None:
    """Download rows, head and verifier, and check them with nothing but Python."""
    audrey.goto("/audit/")
    files = {}
    for name in ("Export", "Checkpoint", "Verifier"):
        with audrey.expect_download() as download:
            audrey.get_by_role("link", name=name, exact=True).click()
        files[name] = folder / name
        download.value.save_as(files[name])
    command = [
        sys.executable,
        "-I",
        str(files["Verifier"]),
        str(files["Export"]),
        "--head",
        str(files["Checkpoint"]),
    ]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout + good.stderr
    files["Export"].write_text(files["Export"].read_text().replace("user:dora", "user:dona", 1))
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 1 and re.search(r"\d+", bad.stdout + bad.stderr)
