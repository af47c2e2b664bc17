"""The secrets of an environment: Vault cannot know their values, a person types them."""

from playwright.sync_api import Page, expect

SECRETS = {
    "OPENAI_API_KEY": "typed-by-ada",
    "INSTRUCTOR_USERNAME": "instructor",
    "INSTRUCTOR_PASSWORD": "typed-by-ada",
}


def set_secrets(sandbox, page: Page, environment: str) -> None:
    """Give the four secrets of the containers their values, as an admin on their pages."""
    page.goto(f"/environments/{environment}/secrets/DATABASE_URL/")
    shown = page.locator("span.p-mono", has_text="postgresql://").first.inner_text()
    address = shown.replace("PASSWORD", sandbox.password(environment))
    for name, value in {**SECRETS, "DATABASE_URL": address}.items():
        page.goto(f"/environments/{environment}/secrets/{name}/")
        page.fill("[name=value]", value)
        page.get_by_role("button", name="Store as version 2").click()
        expect(page.locator("main")).to_contain_text("is now version 2")
