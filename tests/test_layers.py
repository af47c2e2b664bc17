"""Imports go down only, and what one place alone may do is done there alone."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = [  # an import may go to a lower line, or stay inside its own package
    ["portal.lib"],
    ["portal.cloud", "portal.audit", "portal.admin"],
    ["portal.accounts"],
    ["portal.acts"],
    ["portal.jobs"],
    ["portal.mail", "portal.anchors"],
    ["portal.notifications"],
    ["portal.api", "portal.dashboard"],
    ["environments"],
    ["releases"],
    ["runbooks"],
]
RANKS = {package: rank for rank, packages in enumerate(LAYERS) for package in packages}
SITE = {"portal.urls"}  # includes the addresses of every app; the settings name apps by dotted path
PACKAGES = ["portal", "environments", "releases", "runbooks", "sandbox"]
STATES = {"status", "state"}
SENDERS = {"delay", "apply_async", "send_task"}


def sources() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} imports by a relative name"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def package_of(module: str) -> str:
    """Return the row of the table that a module belongs to, `site` for the rest of `portal`,
    nothing for foreign ones.
    """
    first, _, rest = module.partition(".")
    if first not in PACKAGES:
        return ""
    if first != "portal":
        return first
    package = f"portal.{rest.partition('.')[0]}"
    return package if package in RANKS else "site"


def may_import(importer: str, imported: str) -> bool:
    """Say whether the table allows it: the site may know all of `portal`, only the sandbox's
    own code knows the sandbox.
    """
    if importer == imported or not imported:
        return True
    if importer == "sandbox":
        return imported == "portal.lib"
    if imported in ("site", "sandbox"):
        return False
    if importer == "site":
        return imported.startswith("portal.")
    return RANKS[imported] < RANKS[importer]


def describe(path: Path, line: int, words: str) -> str:
    return f"{path.relative_to(ROOT)}:{line} {words}"


def test_imports_go_down_only() -> None:
    wrong = [
        describe(path, line, f"{package_of(module_of(path))} imports {name}")
        for path in sources()
        for line, name in imports(path)
        if module_of(path) not in SITE
        and not may_import(package_of(module_of(path)), package_of(name))
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_door_knows_the_sdk() -> None:
    wrong = [
        describe(path, line, f"imports {name}")
        for path in sources()
        for line, name in imports(path)
        if name.partition(".")[0] == "oci" and package_of(module_of(path)) != "portal.cloud"
    ]
    assert not wrong, "\n".join(wrong)


def test_states_change_in_models_alone() -> None:
    wrong = [
        describe(
            path,
            target.lineno,
            f"writes .{target.attr}; call a method of the model that names the transition",
        )
        for path in sources()
        if "models" not in path.parts
        and path.name != "models.py"
        and package_of(module_of(path)) != "sandbox"
        for target in states_written(ast.parse(path.read_text()))
    ]
    assert not wrong, "\n".join(wrong)


def test_rows_change_state_by_their_own_queryset_alone() -> None:
    wrong = [
        describe(
            path,
            node.lineno,
            "updates a state column; call a method of the queryset that names the transition",
        )
        for path, node in calls()
        if isinstance(node.func, ast.Attribute)
        and node.func.attr == "update"
        and STATES & {word.arg for word in node.keywords}
        if "models" not in path.parts and path.name != "models.py"
    ]
    assert not wrong, "\n".join(wrong)


def test_settings_of_an_environment_are_written_by_its_model_alone() -> None:
    wrong = [
        describe(
            path, line, "writes .settings; call environment.change_settings, which checks them"
        )
        for path in sources()
        if module_of(path) != "environments.models.environment"
        for line in settings_written(ast.parse(path.read_text()))
    ]
    assert not wrong, "\n".join(wrong)


def settings_written(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that assign to `.settings` or into it, or update the column."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            found = [
                each.value if isinstance(each, ast.Subscript) else each for each in targets(node)
            ]
            yield from (
                each.lineno
                for each in found
                if isinstance(each, ast.Attribute) and each.attr == "settings" and not is_own(each)
            )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            names = {word.arg for word in node.keywords} if node.func.attr == "update" else set()
            if "settings" in names:
                yield node.lineno


def test_messages_leave_by_dispatch_alone() -> None:
    wrong = [
        describe(path, node.lineno, f"calls .{node.func.attr}")
        for path, node in calls()
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in SENDERS
        and package_of(module_of(path)) != "portal.jobs"
    ]
    assert not wrong, "\n".join(wrong)


def test_a_class_name_means_one_thing() -> None:
    found: dict[str, list[str]] = {}
    for path in sources():
        if package_of(module_of(path)) != "sandbox" and "management" not in path.parts:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    found.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    twice = [
        f"{name}: {', '.join(paths)}" for name, paths in sorted(found.items()) if len(paths) > 1
    ]
    assert not twice, "\n".join(twice)


@pytest.mark.parametrize("name", ["utils", "helpers", "managers", "services"])
def test_no_file_is_a_drawer(name: str) -> None:
    found = [str(path.relative_to(ROOT)) for path in sources() if path.stem == name]
    assert not found, "name the module by its verb or its thing"


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sources():
        if package_of(module_of(path)) != "sandbox":
            yield from (
                (path, node)
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Call)
            )


def states_written(tree: ast.Module) -> Iterator[ast.Attribute]:
    """Return the states that a module writes, but for those of plain classes that it declares
    itself.
    """
    own = {
        each.target.id
        for each in ast.walk(tree)
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            for target in targets(node):
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr in STATES - own
                    and not is_own(target)
                ):
                    yield target


def targets(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> Iterator[ast.expr]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        yield from target.elts if isinstance(target, ast.Tuple) else [target]


def is_own(target: ast.Attribute) -> bool:
    """Say whether an object writes a state of its own."""
    return isinstance(target.value, ast.Name) and target.value.id == "self"


FORBIDDEN_IN_PURE = ("django", "rest_framework", "oci", "celery")
IMPORT_ALL = """
import importlib, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {forbidden}:
            raise ImportError("imports " + name)
sys.meta_path.insert(0, Refuse())
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(name, error)
"""


def pure_modules() -> list[str]:
    """Return the modules whose docstring calls them pure."""
    texts = {module_of(path): ast.get_docstring(ast.parse(path.read_text())) for path in sources()}
    return [
        name for name, text in texts.items() if text and re.search(r"\bpure\b", text, re.IGNORECASE)
    ]


def test_pure_modules_need_neither_django_nor_the_sdk() -> None:
    script = IMPORT_ALL.format(forbidden=FORBIDDEN_IN_PURE)
    done = subprocess.run(
        [sys.executable, "-c", script, *pure_modules()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("", "")
