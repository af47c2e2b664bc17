"""The sandbox's identity provider: oidc-provider-mock with the cast, and a page where a person is
picked by one click.
"""

import argparse
import logging
import os
import time
import warnings
from datetime import timedelta
from pathlib import Path

from flask import Flask, g
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.serving import make_server

from sandbox.cast import CAST

with warnings.catch_warnings(
    action="ignore"
):  # the package uses deprecated names of the libraries below it
    from oidc_provider_mock import User, app
    from oidc_provider_mock._storage import AuthorizationCode, Client

CLIENT_ID, CLIENT_SECRET = "portal", "sandbox-only-secret"
_HOURS = 12


def provider(portal_url: str, client_secret: str) -> Flask:
    """Return the provider as a Flask application, its debugger taken out."""
    made: Flask = app(
        require_client_registration=True,
        require_nonce=True,
        access_token_max_age=timedelta(hours=_HOURS),
        user_claims=[User(sub=person.sub, claims=person.claims()) for person in CAST],
    )
    AuthorizationCode.get_auth_time = _proved_now  # the package leaves auth_time out
    made.debug = False
    vars(made).pop(
        "wsgi_app"
    )  # the package wrapped it in a debugger that runs code for anyone who asks
    pages = Path(__file__).with_name("identity_pages")
    ours = {page.name: page.read_text() for page in pages.glob("*.html")}
    made.jinja_loader = ChoiceLoader([DictLoader(ours), *filter(None, [made.jinja_loader])])
    made.jinja_env.globals["cast"] = CAST
    _register(made, portal_url, client_secret)
    return made


def _proved_now(code: AuthorizationCode) -> int:
    """Say when the person proved who they are: each code follows their click, and lives seconds."""
    return int(time.time())


def _register(made: Flask, portal_url: str, client_secret: str) -> None:
    """Make the portal known as a client, as an administrator of a real provider does."""
    with made.test_request_context():
        made.preprocess_request()
        g.oidc_provider_mock_storage.store_client(
            Client(
                id=CLIENT_ID,
                secret=client_secret,
                redirect_uris=_callbacks(portal_url),
                allowed_scopes=(*Client.SCOPES_SUPPORTED, "groups"),
                token_endpoint_auth_method="client_secret_post",
            )
        )


def _callbacks(portal_url: str) -> list[str]:
    """Return the addresses that a code may be sent to: the portal's, by either name of this
    machine.
    """
    addresses = {
        portal_url,
        portal_url.replace("//localhost", "//127.0.0.1"),
        portal_url.replace("//127.0.0.1", "//localhost"),
    }
    return [f"{address.rstrip('/')}/oidc/callback/" for address in sorted(addresses)]


def main() -> None:
    """Serve until stopped, for the portal that the environment describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    portal_url = os.environ.get("PORTAL_URL", "http://localhost:8000")
    client_secret = os.environ.get("OIDC_CLIENT_SECRET", CLIENT_SECRET)
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    make_server(
        "127.0.0.1", port, provider(portal_url, client_secret), threaded=True
    ).serve_forever()


if __name__ == "__main__":
    main()
