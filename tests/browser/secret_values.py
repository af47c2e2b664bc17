"""The secrets of an environment: Vault cannot know their values, a person types them."""

from playwright.sync_api import Page, expect

SECRETS = {
    "DATABASE_URL": "postgresql://conceptlens:typed-by-ada@db.internal:5432/conceptlens",
    "OPENAI_API_KEY": "typed-by-ada",
    "INSTRUCTOR_USERNAME": "instructor",
    "INSTRUCTOR_PASSWORD": "typed-by-ada",
}


def set_secrets(page: Page, environment: str) -> None:
    """Give the four secrets of the containers their values, as an admin on their pages."""
    for name, value in SECRETS.items():
        page.goto(f"/environments/{environment}/secrets/{name}/")
        page.fill("[name=value]", value)
        page.get_by_role("button", name="Store as version 2").click()
        expect(page.locator("main")).to_contain_text("is now version 2")
