"""Reads operations and models out of the SDK's source text, without importing it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

_PARAM = re.compile(r":param (\S+) (\w+):")
_WORD = re.compile(r"[A-Za-z]\w*")
_LOCAL = {
    "page",
    "limit",
    "accept",
    "content-type",
    "expect",
}  # headers every operation has are not parameters


def operations(package: Path, service: str, client: str) -> list[dict[str, Any]]:
    """Return the operations of one client class."""
    tree = ast.parse((package / f"{_file_name(client)}.py").read_text())
    node = next(
        item for item in tree.body if isinstance(item, ast.ClassDef) and item.name == client
    )
    base = str(_constant_of(node, "base_path")).rstrip("/")
    methods = (
        item
        for item in node.body
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_")
    )
    return [_operation(method, service, client, base) for method in methods if _calls(method)]


def models(package: Path, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Return the wanted models and every model that these mention, subtypes included."""
    files = _model_files(package / "models")
    found: dict[str, dict[str, Any]] = {}
    queue = [word for kind in wanted for word in _WORD.findall(kind)]
    while queue:
        name = queue.pop()
        if name in found or name not in files:
            continue
        found[name] = _model(ast.parse(files[name].read_text()), name)
        mentioned = " ".join(item["type"] for item in found[name]["fields"].values())
        queue += _WORD.findall(mentioned) + list(found[name]["subtypes"].values())
    _inherit(found)
    return found


def _operation(method: ast.FunctionDef, service: str, client: str, base: str) -> dict[str, Any]:
    assigned = _assignments(method)
    call = _calls(method)[0]
    body = next((_source_name(item.value) for item in call.keywords if item.arg == "body"), "")
    response = next(
        (ast.literal_eval(item.value) for item in call.keywords if item.arg == "response_type"), ""
    )
    types = {name: kind for kind, name in _PARAM.findall(ast.get_docstring(method) or "")}
    enums = {
        name[: -len("_allowed_values")]: value
        for name, value in assigned.items()
        if name.endswith("_allowed_values")
    }
    return {
        "service": service,
        "client": client,
        "name": method.name,
        "method": ast.literal_eval(assigned["method"]),
        "path": base + ast.literal_eval(assigned["resource_path"]),
        "body": _plain_type(types.get(body, "object")) if body else "",
        "body_required": body in {argument.arg for argument in method.args.args},
        "response": response,
        "query": _parameters(assigned.get("query_params"), enums),
        "headers": [
            item
            for item in _parameters(assigned.get("header_params"), enums)
            if item["name"] not in _LOCAL
        ],
    }


def _parameters(node: ast.expr | None, enums: dict[str, ast.expr]) -> list[dict[str, Any]]:
    if not isinstance(node, ast.Dict):
        return []
    found = []
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant):
            optional, name = _optional_name(value), str(key.value)
            source = optional or ast.unparse(value)
            enum = ast.literal_eval(enums[source]) if source in enums else []
            found.append(
                {
                    "name": name.lower() if "-" in name else name,
                    "required": not optional,
                    "enum": enum,
                }
            )
    return found


def _optional_name(node: ast.expr) -> str:
    """Return the keyword argument behind a parameter, or nothing when it is a positional one."""
    for item in ast.walk(node):
        if (
            isinstance(item, ast.Call)
            and ast.unparse(item.func) == "kwargs.get"
            and isinstance(item.args[0], ast.Constant)
        ):
            return str(item.args[0].value)
    return ""


def _source_name(node: ast.expr) -> str:
    return _optional_name(node) or ast.unparse(node)


def _assignments(method: ast.FunctionDef) -> dict[str, ast.expr]:
    """Return the first value given to each local name: later ones only filter it."""
    found: dict[str, ast.expr] = {}
    for item in ast.walk(method):
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
            found.setdefault(item.targets[0].id, item.value)
    return found


def _calls(method: ast.FunctionDef) -> list[ast.Call]:
    calls = (item for item in ast.walk(method) if isinstance(item, ast.Call))
    return [call for call in calls if ast.unparse(call.func) == "self.base_client.call_api"]


def _constant_of(node: ast.AST, key: str) -> Any:
    for item in ast.walk(node):
        if isinstance(item, ast.Dict):
            for name, value in zip(item.keys, item.values, strict=True):
                if (
                    isinstance(name, ast.Constant)
                    and name.value == key
                    and isinstance(value, ast.Constant)
                ):
                    return value.value
    return ""


def _model(tree: ast.Module, name: str) -> dict[str, Any]:
    node = next(item for item in tree.body if isinstance(item, ast.ClassDef) and item.name == name)
    functions = [item for item in node.body if isinstance(item, ast.FunctionDef)]
    tables = _tables(functions)
    enums = {item.name: values for item in functions if (values := _allowed_values(item))}
    required = {
        item.name for item in functions if "**[Required]**" in (ast.get_docstring(item) or "")
    }
    types = tables["swagger_types"]
    fields = {
        wire: {
            "type": types.get(name, "object"),
            "required": name in required,
            "enum": enums.get(name, []),
        }
        for name, wire in tables["attribute_map"].items()
    }
    discriminator, subtypes = _subtypes(functions)
    return {"name": name, "fields": fields, "discriminator": discriminator, "subtypes": subtypes}


def _inherit(found: dict[str, dict[str, Any]]) -> None:
    """Give each subtype what only its base says: the base's required marks."""
    for model in found.values():
        for name in model["subtypes"].values():
            subtype = found.get(name)
            for wire, item in model["fields"].items():
                if subtype and wire in subtype["fields"]:
                    own = subtype["fields"][wire]
                    own["required"] = own["required"] or item["required"]
                    own["enum"] = own["enum"] or item["enum"]


def _tables(functions: list[ast.FunctionDef]) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {"swagger_types": {}, "attribute_map": {}}
    for item in _assigned_to_self(functions):
        target = item.targets[0]
        if isinstance(target, ast.Attribute) and target.attr in tables:
            tables[target.attr] = ast.literal_eval(item.value)
    return tables


def _assigned_to_self(functions: list[ast.FunctionDef]) -> Iterator[ast.Assign]:
    for function in functions:
        if function.name == "__init__":
            yield from (item for item in function.body if isinstance(item, ast.Assign))


def _allowed_values(function: ast.FunctionDef) -> list[str]:
    for item in function.body:
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "allowed_values":
            return list(ast.literal_eval(item.value))
    return []


def _subtypes(functions: list[ast.FunctionDef]) -> tuple[str, dict[str, str]]:
    function = next((item for item in functions if item.name == "get_subtype"), None)
    if function is None:
        return "", {}
    lookup = next(item for item in ast.walk(function) if isinstance(item, ast.Subscript))
    discriminator = str(ast.literal_eval(lookup.slice))
    found = {}
    for item in ast.walk(function):
        if (
            isinstance(item, ast.If)
            and isinstance(item.test, ast.Compare)
            and isinstance(item.body[0], ast.Return)
        ):
            found[ast.literal_eval(item.test.comparators[0])] = ast.literal_eval(
                item.body[0].value or ast.Constant("")
            )
    return discriminator, found


@cache
def _model_files(folder: Path) -> dict[str, Path]:
    tree = ast.parse((folder / "__init__.py").read_text())
    imports = (item for item in tree.body if isinstance(item, ast.ImportFrom) and item.level == 1)
    return {name.name: folder / f"{item.module}.py" for item in imports for name in item.names}


def _plain_type(text: str) -> str:
    return re.sub(r"oci\.\w+\.models\.", "", text)


def _file_name(client: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", client).lower()
