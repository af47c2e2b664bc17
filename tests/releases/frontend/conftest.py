"""An environment with its two buckets in the simulator and an API of a few lines, for tests
of publishing.
"""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from environments.models import ManagedResource
from environments.seed import seed_environments
from portal.cloud.client import client
from portal.jobs.dispatch import submit
from portal.lib.clock import now
from releases.frontend import config, upload
from tests.environments.site import Site as Place
from tests.portal.accounts.people import make_cast
from tests.releases.frontend.packing import build, zipped
from tests.releases.site import run


class Api(ThreadingHTTPServer):
    """Answers preflights for the origins it was told, and keeps what a CDN's hook is sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.allowed, self.purges, self.purge_status = set(), [], 200
        self.headers = "accept, Authorization"
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_OPTIONS(self):
        origin = self.headers.get("Origin", "")
        self.send_response(200 if origin in self.server.allowed else 400)
        if origin in self.server.allowed:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Allow-Headers", self.server.headers)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.purges.append((self.path, self.headers.get("Authorization", ""), body))
        self.send_response(self.server.purge_status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def backend():
    server = Api()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(simulator, backend, cast):
    """Return dev with its buckets; the API lets the frontend's own origin in."""
    return environment_of(simulator, backend, Site)


def environment_of(simulator, backend, kind):
    """Make dev with its buckets in the simulator and in the database."""
    environment = seed_environments()[0]
    environment.settings |= {"api_origin": backend.origin}
    environment.save()
    buckets = Place("bucket.frontend-static", "bucket.backups", slug="dev", position=1)
    buckets.apply()
    for key, found in buckets.results.items():
        values = {
            "name": found["name"],
            "ocid": found["ocid"],
            "facts": found["facts"],
            "seen_at": now(),
        }
        ManagedResource.objects.create(
            environment=environment, key=key, kind=key.partition(".")[0], state="ACTIVE", **values
        )
    backend.allowed = {config.origin(config.url(environment))}
    return kind(simulator, environment, make_cast(), backend)


class Site:
    """What a test does with a frontend, in few words."""

    def __init__(self, simulator, environment, cast, backend):
        self.simulator, self.environment, self.cast, self.backend = (
            simulator,
            environment,
            cast,
            backend,
        )

    def archive(self, version="1.4.0", **more):
        """Return a build for this environment as a zip."""
        return zipped(build(api=self.backend.origin, version=version, **more))

    def upload(self, version="1.4.0", **more):
        """Bring a build in."""
        data = self.archive(version, **more)
        bundle, _ = upload.upload_bundle(
            self.environment,
            self.cast.deployer,
            io.BytesIO(data),
            size=len(data),
            label=f"{version}.zip",
        )
        return bundle

    def order(self, bundle):
        """Submit the job that publishes a bundle, as a deployment's step does it."""
        plan = {
            "place": {"region": self.environment.home_region},
            "frontend": config.frontend_config(self.environment).as_json(),
        }
        spec = {"plan": {**plan, "bundle": bundle.planned().as_json()}, "reason": "test"}
        return submit(
            "releases.publish", environment="dev", actor=self.cast.deployer.actor, spec=spec
        )

    def publish(self, bundle):
        """Publish a bundle; return the job when it is over."""
        return run(self.order(bundle))

    def public(self):
        """Return what the public bucket holds: name to MD5."""
        return {one["name"]: one["md5"] for one in self.objects("frontend-static", "name,md5")}

    def kept(self):
        """Return the names of the archives that are kept."""
        return [
            one["name"]
            for one in self.objects("backups", "name")
            if one["name"].startswith("bundles/")
        ]

    def objects(self, which, fields):
        cloud = client()
        return cloud.pages(
            "object_storage",
            "list_objects",
            cloud.namespace,
            f"conceptlens-dev-{which}",
            fields=fields,
        )

    def calls(self, operation="put_object"):
        """Return what the simulator was asked for of one operation."""
        return [SimpleNamespace(**one) for one in self.simulator.journal(operation)]
