"""The tour of releases in a real browser: up to prod, a bad one, a one-way migration, the frontend
back, broken glass.

The test is one story in chapters: each goes on where the one before has ended.
Only who builds has a terminal.
"""

import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Page, expect

from tests.browser.secret_values import set_secrets
from tests.databases import HEAD
from tests.patience import patient, until

SOON, SLOW = (
    patient(30_000),
    patient(120_000),
)  # ms: one job of the sandbox; a deployment, or one minute of bake time
COMMIT = {"1.4.0": "4f2a91c", "1.5.0": "8b03d7e", "1.6.0": "c91e5aa", "1.7.0": "d27b4f0"}


def test_the_tour_of_releases(sandbox, people):
    releases = {}  # the addresses of releases, by environment and version
    sandbox.provision("dev")
    set_secrets(sandbox, people.page("ada"), "dev")
    with ThreadPoolExecutor(
        2
    ) as pool:  # stage and prod come while dev has its first release already
        clouds = {name: pool.submit(sandbox.provision, name) for name in ("stage", "prod")}
        a_release_goes_from_dev_to_stage(sandbox, people, clouds, releases)
    a_frontend_goes_back_in_two_clicks(sandbox, people)
    a_bad_release_rolls_itself_back(sandbox, people)
    a_one_way_migration_blocks_the_way_back_and_says_so(sandbox, people)
    two_people_let_it_go_on_to_prod(sandbox, people, releases)
    broken_glass_leaves_a_debt_that_somebody_else_settles(sandbox, people, releases)
    assert people.mistakes == []


def upload(page: Page, sandbox, environment: str, version: str) -> None:
    """Hand in a build of the frontend."""
    page.goto(f"/releases/bundles/?environment={environment}")
    page.set_input_files("[name=file]", sandbox.bundle(environment, version))
    page.get_by_role("button", name="Upload and check").click()
    expect(page.locator("h1")).to_contain_text(f"frontend-{environment}-{version}")


def ask(
    page: Page, environment: str, version: str, *, tag: str = "", head: str = HEAD, bundle: str = ""
) -> str:
    """Request a release of images that were pushed; return its address."""
    page.goto(f"/environments/{environment}/")
    page.get_by_role("link", name="Request a release").click()
    page.fill("[name=version]", version)
    page.fill("[name=git_sha]", COMMIT[version])
    page.fill("[name=alembic_head]", head)
    for role in ("api_digest", "worker_digest"):
        page.locator(f"tr:has-text('{tag or version}') input[name={role}]").check()
    if bundle:
        page.get_by_label(f"frontend-{environment}-{bundle}").check()
    page.get_by_role("button", name=f"Request for {environment}").click()
    expect(page.locator("h1")).to_have_text(f"{version} for {environment}")
    return page.url


def climb(page: Page, sandbox, release: str, target: str, version: str) -> str:
    """Promote a release by its button; push the images there when the page says that they are
    missing.
    """
    page.goto(release)
    page.get_by_role("link", name=f"Promote to {target}").click()
    expect(page.locator("main")).to_contain_text("Ready to promote")
    images = page.locator("section", has_text="Images in the repositories")
    expect(images).to_contain_text("skopeo copy --preserve-digests")
    expect(images).to_contain_text(f"make push ENV={target} TAG={version}")
    sandbox.push(version, target)
    images.get_by_text("Check again").click()
    expect(images).not_to_contain_text("missing")
    page.get_by_role("button", name=f"Request {version} for {target}").click()
    expect(page.locator("h1")).to_have_text(f"{version} for {target}")
    return page.url


def agree(page: Page, environment: str, version: str) -> None:
    """Approve what waits in the inbox."""
    page.goto("/inbox/")
    page.get_by_role("link", name=f"{version} for {environment}").click()
    page.get_by_role("button", name=f"Approve {version} for {environment}").click()


def ends(page: Page, release: str, state: str) -> None:
    """Follow the deployment to its end."""
    page.goto(release)
    expect(page.locator("#progress .p-badge").first).to_have_text(
        re.compile("succeeded|failed|compensated"), timeout=SLOW
    )
    page.goto(release)
    expect(page.locator(".p-subtitle .p-badge"), page.inner_text("main")).to_have_text(state)


def card(page: Page, environment: str):
    """Return the environment's card of what is live, loaded."""
    page.goto(f"/environments/{environment}/")
    found = page.locator("section", has=page.get_by_role("heading", name="Release", exact=True))
    expect(found).to_contain_text("Rollback")
    return found


def served(page: Page, environment: str) -> str:
    """Return the page that users of the frontend get."""
    page.goto(f"/releases/frontend/{environment}/")
    address = page.locator("dt:has-text('Address') + dd a").get_attribute("href")
    with urllib.request.urlopen(address, timeout=patient(5)) as answer:
        return answer.read().decode()


def released(
    sandbox,
    people,
    version: str,
    *,
    behaviour: str = "healthy",
    head: str = HEAD,
    bundle: bool = False,
) -> str:
    """Push to dev, let Dan ask and Dora agree; return the release's address."""
    sandbox.push(version, behaviour=behaviour)
    dan = people.page("dan")
    if bundle:
        upload(dan, sandbox, "dev", version)
    tag = version if behaviour == "healthy" else f"{version}-{behaviour}"
    address = ask(dan, "dev", version, tag=tag, head=head, bundle=version if bundle else "")
    agree(people.page("dora"), "dev", version)
    return address


def a_release_goes_from_dev_to_stage(sandbox, people, clouds, releases):
    dan = people.page("dan")
    releases["dev"] = released(sandbox, people, "1.4.0", bundle=True)
    ends(dan, releases["dev"], "deployed")
    assert "ConceptLens 1.4.0" in served(dan, "dev")

    clouds["stage"].result()
    clouds["prod"].result()
    for environment in ("stage", "prod"):
        set_secrets(sandbox, people.page("ada"), environment)
    releases["stage"] = climb(dan, sandbox, releases["dev"], "stage", "1.4.0")
    expect(dan.get_by_role("button", name=re.compile("Approve"))).to_have_count(
        0
    )  # nobody approves his own
    agree(people.page("dora"), "stage", "1.4.0")
    ends(dan, releases["stage"], "deployed")


def a_frontend_goes_back_in_two_clicks(sandbox, people):
    dan = people.page("dan")
    ends(dan, released(sandbox, people, "1.5.0", bundle=True), "deployed")
    assert "ConceptLens 1.5.0" in served(dan, "dev")

    dan.goto("/releases/frontend/dev/")
    dan.get_by_role("link", name="Roll back to it").first.click()
    dan.get_by_role("button", name="Roll back dev to this frontend").click()
    expect(dan.locator("#progress .p-badge").first).to_have_text("succeeded", timeout=SOON)
    assert "ConceptLens 1.4.0" in served(dan, "dev")
    expect(card(dan, "dev")).to_contain_text("1.5.0")  # the API is left as it is


def a_bad_release_rolls_itself_back(sandbox, people):
    dan = people.page("dan")
    ends(dan, released(sandbox, people, "1.6.0", behaviour="errors"), "failed")
    expect(dan.locator("main")).to_contain_text("The traffic is on 1.5.0")
    live = card(dan, "dev")
    expect(live.locator("strong").first).to_have_text("1.5.0")


def a_one_way_migration_blocks_the_way_back_and_says_so(sandbox, people):
    dan = people.page("dan")
    ends(
        dan, released(sandbox, people, "1.7.0", behaviour="oneway", head="c4d5e6f7a8b9"), "deployed"
    )
    live = card(dan, "dev")
    expect(live).to_contain_text("blocked")
    expect(live).to_contain_text(
        "The one-way migration c4d5e6f7a8b9 ran: 1.5.0 may not work with the schema as it is"
    )
    expect(live.get_by_role("link", name=re.compile("Roll back"))).to_have_count(0)
    dan.goto("/releases/rollback?environment=dev")
    expect(dan.locator("main")).to_contain_text("c4d5e6f7a8b9")
    expect(dan.get_by_role("button", name=re.compile("Roll back"))).to_have_count(0)


def two_people_let_it_go_on_to_prod(sandbox, people, releases):
    dan = people.page("dan")
    dan.goto(releases["stage"])
    dan.get_by_role("link", name="Promote to prod").click()

    def look() -> None:
        expect(dan.locator("main")).to_contain_text(
            "of 1 min"
        )  # the bake time is all that is missing
        dan.wait_for_timeout(500)
        dan.reload()

    until(lambda: not dan.get_by_text("Not ready to promote").count(), 90, meanwhile=look)
    releases["prod"] = climb(dan, sandbox, releases["stage"], "prod", "1.4.0")
    agree(people.page("dora"), "prod", "1.4.0")
    expect(people.page("dora").locator("main")).to_contain_text("1 of 2")
    agree(people.page("ada"), "prod", "1.4.0")
    ends(dan, releases["prod"], "deployed")


def broken_glass_leaves_a_debt_that_somebody_else_settles(sandbox, people, releases):
    dan, ada = people.page("dan"), people.page("ada")
    sandbox.push("1.5.0", "prod")
    asked = ask(dan, "prod", "1.5.0")
    expect(dan.locator("main")).to_contain_text("was never live in stage")
    dora = people.anew("dora")
    dora.goto(asked)
    expect(dora.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
    dora.get_by_role("link", name="Break glass").click()
    dora.fill("[name=reason]", "Exports are down for everybody")
    dora.fill("[name=incident]", "https://pager.example/incidents/42")
    dora.get_by_role("button", name="Break glass and deploy to prod").click()
    ends(dora, asked, "deployed")

    dan.goto(releases["stage"])
    dan.get_by_role("link", name="Promote to prod").click()
    dan.get_by_role("button", name="Request 1.4.0 for prod").click()
    expect(dan.locator("main")).to_contain_text(
        "the break-glass deployment of 1.5.0 waits for its review"
    )
    wanted = dan.url
    dora.goto(wanted)
    expect(dora.get_by_role("button", name=re.compile("Approve"))).to_have_count(0)
    dora.get_by_role("link", name="A second person has to close that review").click()
    expect(dora.get_by_role("button", name="Close the review")).to_have_count(0)  # she broke it

    ada.goto("/inbox/")
    ada.get_by_role("link", name=re.compile("1.5.0")).first.click()
    ada.fill("[name=finding]", "Right to do; the export needs a test in stage.")
    ada.get_by_role("button", name="Close the review").click()
    agree(dora, "prod", "1.4.0")
    agree(ada, "prod", "1.4.0")
    ends(dan, wanted, "deployed")
