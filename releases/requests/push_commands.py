"""The exact commands for the person who builds and pushes by hand, with everything filled in
but the user name.
"""

from dataclasses import dataclass

from environments.models import Environment
from releases.deployment import images
from releases.frontend import config


@dataclass(frozen=True)
class PushCommand:
    """What to type, and what to know about it."""

    title: str
    lines: str
    notes: tuple[str, ...] = ()


def image_commands(environment: Environment, namespace: str) -> list[PushCommand]:
    """Return how both images get into the environment's repositories: one Dockerfile, built
    once, tagged twice.
    """
    host = f"ocir.{environment.home_region}.oci.oraclecloud.com"
    api, worker = (
        f"{host}/{namespace}/{images.repository(environment, role)}:$VERSION"
        for role in images.ROLES
    )
    login = f"docker login {host} -u '{namespace}/<user name>'"
    notes = (
        f"A user of an identity domain signs in as '{namespace}/<domain>/<user name>'.",
        (
            "The password is an auth token (console: your profile, Auth tokens; two at most, shown "
            "once), not your password."
        ),
    )
    return [
        PushCommand("Sign in to the registry", login, notes),
        PushCommand(
            "Build once, tag twice",
            f"VERSION=1.5.0\ndocker build -t {api} backend\ndocker tag {api} {worker}",
            ("The worker is the same image: its container is started with another command.",),
        ),
        PushCommand("Push", f"docker push {api}\ndocker push {worker}"),
        *_signing(environment),
    ]


def frontend_commands(environment: Environment, portal: str) -> list[PushCommand]:
    """Return how a build of the frontend for this environment is made and sent; `portal` is
    the portal's own address.
    """
    api = config.api_origin(environment) or "<the API's address>"
    base = " -- --base=./" if environment.setting("cdn_provider") == config.OBJECT else ""
    name = f"frontend-{environment.slug}.zip"
    send = (
        'curl -X POST -H "Authorization: Bearer $PORTAL_TOKEN" -H \'Content-Type: '
        "application/zip' \\\n"
        f"  --data-binary @{name} "
        f"'{portal}/api/v1/bundles/?environment={environment.slug}&name={name}'"
    )
    return [
        PushCommand("Build for this environment", f"VITE_API_BASE_URL={api} npm run build{base}"),
        PushCommand("Pack", f"(cd dist && zip -qr ../{name} .)"),
        PushCommand("Send it without a browser", send, ("The token needs the scope deploy.",)),
    ]


def _signing(environment: Environment) -> list[PushCommand]:
    if not environment.setting("signed_images"):
        return []
    line = (
        "oci artifacts container image-signature sign-upload --compartment-id "
        f"{environment.ocid('compartment')} \\\n"
        f"  --kms-key-id {environment.setting('signing_key')} --kms-key-version-id <version of "
        "the key> \\\n"
        "  --signing-algorithm SHA_256_RSA_PKCS_PSS --image-id <OCID of the image>"
    )
    return [
        PushCommand(
            "Sign each of the two images", line, ("This environment runs signed images only.",)
        )
    ]
