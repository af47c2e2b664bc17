"""The look of the admin: names, colours and the sidebar."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from portal.accounts.roles import Role, has_role


def _item(title: str, icon: str, link: str, badge: str = "") -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": _opens(link),
        **({"badge": badge} if badge else {}),
    }


def _is_admin(request: HttpRequest) -> bool:
    return has_role(request.user, Role.ADMIN)


def _opens(link: str) -> Callable[[HttpRequest], bool]:
    """Return the question whether the page looked at belongs to the item; the front page is
    only itself.
    """
    return lambda request: request.path == link or (link != "/" and request.path.startswith(link))


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Portal",
    "SITE_HEADER": "Portal",
    "SITE_SUBHEADER": "ConceptLens on OCI",
    "SITE_SYMBOL": "deployed_code",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "/static/portal/favicon.svg"}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["/static/portal/portal.css"],
    "SCRIPTS": [
        "/static/portal/alpine-csp.js",
        "/static/portal/portal.js",
        "/static/portal/notify.js",
    ],
    "ACCOUNT": {
        "navigation": [
            {"title": "My notifications", "link": "/notifications/"},
            {"title": "My sessions", "link": "/accounts/sessions/"},
        ]
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 240)",
            "100": "oklch(93.5% .032 240)",
            "200": "oklch(88% .06 240)",
            "300": "oklch(80% .1 240)",
            "400": "oklch(71% .14 242)",
            "500": "oklch(62% .16 245)",
            "600": "oklch(54% .16 248)",
            "700": "oklch(48% .15 250)",
            "800": "oklch(42% .12 250)",
            "900": "oklch(37% .1 250)",
            "950": "oklch(28% .08 250)",
        }
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "navigation": [
            {
                "title": "Now",
                "items": [
                    _item("Dashboard", "dashboard", "/"),
                    _item("Inbox", "inbox", "/inbox/", "portal.dashboard.inbox.badge"),
                    _item("Incidents", "crisis_alert", "/incidents/"),
                    _item("Jobs", "manufacturing", "/admin/jobs/job/"),
                ],
            },
            {
                "title": "Deliver",
                "separator": True,
                "items": [
                    _item("Releases", "rocket_launch", "/admin/releases/release/"),
                    _item("Deployments", "swap_horiz", "/admin/releases/deployment/"),
                    _item("Freeze windows", "ac_unit", "/admin/releases/freezewindow/"),
                    _item("Change freezes", "front_hand", "/admin/jobs/changefreeze/"),
                    _item("Frontend bundles", "web", "/releases/bundles/"),
                    _item("Smoke tests", "checklist", "/admin/releases/smoketest/"),
                ],
            },
            {
                "title": "Environments",
                "separator": True,
                "items": [
                    _item("Environments", "cloud", "/environments/"),
                    _item("Plans", "difference", "/admin/environments/plan/"),
                    _item("Settings", "tune", "/admin/environments/environment/"),
                    _item("Secret references", "key", "/admin/environments/secretreference/"),
                ],
            },
            {
                "title": "Respond",
                "separator": True,
                "items": [
                    _item("Runbooks", "menu_book", "/runbooks/"),
                    _item("Alarms", "notifications", "/admin/runbooks/alarm/"),
                    _item("On call", "support_agent", "/on-call/"),
                ],
            },
            {
                "title": "Audit and access",
                "separator": True,
                "items": [
                    _item("Audit trail", "policy", "/audit/"),
                    _item("People", "group", "/admin/accounts/user/"),
                    {
                        **_item("Webhooks", "webhook", "/admin/notifications/webhook/"),
                        "permission": _is_admin,
                    },
                    {
                        **_item("API tokens", "vpn_key", "/admin/api/apitoken/"),
                        "permission": _is_admin,
                    },
                ],
            },
        ],
    },
}
