"""Turns a container as configured into the process that stands for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sandbox.oci import principals
from sandbox.oci.engine import Engine
from sandbox.oci.iam import dynamic_groups, judge
from sandbox.oci.living import whole
from sandbox.oci.living.containers import SOURCE, Check, Spec
from sandbox.oci.living.probe import Probe
from sandbox.oci.services import artifacts, container_ways, psql_databases
from sandbox.oci.store import Record
from sandbox.oci.tenancy import Caller

STUB = ("-m", "sandbox.conceptlens")
# Both images have this ENTRYPOINT and CMD: docs/conceptlens-image.md.
ENTRY_POINT = str(SOURCE / "docs" / "entrypoint" / "entrypoint.py")
IMAGE_COMMAND = ("uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000")
API_PORT = 8000
MODES = (
    "errors",
    "slow",
    "crash",
    "unhealthy",
    "hang",
)  # what a container can be told while it runs
# what a tag can end in
IMAGES = (*MODES, "oneway", "failmigration", "left", "branches", "merged")
# the program with which the portal migrates: the only Python of others that the sandbox runs
MIGRATION = SOURCE / "releases" / "deployment" / "program" / "migrate.py"
YEAR = 365 * 86_400
FASTEST_CHECK, SHORTEST_PAUSE = 0.2, 0.05


class CannotPull(Exception):
    """The image is not there, or the sandbox has nothing that stands for it."""


def find_image(engine: Engine, url: str) -> Record:
    """Return the image that a URL names by tag or by digest."""
    image = artifacts.image_at(engine, url)
    if image is None:
        raise CannotPull(f"the image {url} could not be pulled: it is not in the registry")
    return image


def check_pull(engine: Engine, instance: Record, image: Record) -> None:
    """Refuse to pull what the instance does not reach, or its resource principal may not read.

    Source: Container Instances IAM policies, images of Container Registry.
    """
    if problem := container_ways.why_not(engine, instance, "artifacts"):
        name = image.body["repositoryName"]
        raise CannotPull(f"the image of {name} could not be pulled: {problem}")
    place = instance.body["compartmentId"]
    repository = engine.store.get("artifacts.ContainerRepository", image.body["repositoryId"])
    if repository is None or repository.body.get("isPublic"):
        return
    who = Caller(
        id=instance.id,
        name=instance.id,
        tenancy=engine.tenancy,
        kind="resource",
        groups=tuple(dynamic_groups.groups_of(engine, instance.id, place)),
        compartment=place,
    )
    if not judge.may(engine, who, "REPOSITORY_READ", repository.body["compartmentId"], repository):
        raise CannotPull(
            f"the image of {image.body['repositoryName']} could not be pulled: it is not there, or"
            " the container instance may not read it"
        )


def role_of(image: Record, words: list[str]) -> str:
    """Return what a container does, by the words it runs."""
    line, repository = " ".join(words), image.body["repositoryName"]
    if not repository.endswith(("/api", "/worker")):
        raise CannotPull(
            f"the sandbox runs images of */api and */worker repositories only, not of {repository}"
        )
    if words[:2] == ["python", "-c"]:
        return "program" if words[2:3] == [MIGRATION.read_text()] else "command"
    if "alembic" in line or "migrat" in line:
        return "migrate"
    if "compute_worker" in line:
        return "worker"
    return "api" if "uvicorn" in line else "command"


def words_of(container: Record) -> tuple[bool, list[str]]:
    """Return whether the image's ENTRYPOINT runs, and the words after it (or without it).

    `command` takes the place of ENTRYPOINT, and the image's CMD is left out with it; `arguments`
    take the place of CMD alone (CreateContainerDetails).
    """
    command = [*(container.body.get("command") or [])]
    arguments = [*(container.body.get("arguments") or [])]
    if command:
        return False, [*command, *arguments]
    return True, arguments or [*IMAGE_COMMAND]


def behaviour_of(image: Record) -> str:
    """Return how the image behaves: what its push said, else its tag's ending, as in
    1.5.0-errors.
    """
    pushed = str(image.hidden.get("behaviour", "healthy"))
    ending = str(image.body.get("version") or "").rpartition("-")[2]
    return ending if pushed == "healthy" and ending in IMAGES else pushed


def spec_of(engine: Engine, instance: Record, container: Record) -> Spec:
    """Return what the runner needs; asks for the key of the resource principal, which takes a
    moment.
    """
    image = find_image(engine, container.body["imageUrl"])
    with_entry_point, words = words_of(container)
    role = role_of(image, words)
    program = (
        ("-c", _one_off(words))
        if role == "command"
        else _stub(engine, instance, container, image, role, words)
    )
    return Spec(
        key=container.id,
        program=(ENTRY_POINT, sys.executable, *program) if with_entry_point else program,
        folder=folder_of(engine, container),
        env=_environment(engine, instance, container),
        restarts=instance.body["containerRestartPolicy"],
        port=API_PORT if role == "api" else 0,
        checks=tuple(_check(engine, check) for check in container.body.get("healthChecks") or []),
        grace=instance.body.get("gracefulShutdownTimeoutInSeconds") or 0,
        pause=max(SHORTEST_PAUSE, engine.clock.scaled(1)),
    )


def _stub(
    engine: Engine, instance: Record, container: Record, image: Record, role: str, words: list[str]
) -> tuple[str, ...]:
    word, network = (
        folder_of(engine, container) / "behaviour",
        psql_databases.network_file(engine, instance.id),
    )
    behaviour = ("--behaviour", behaviour_of(image), "--behaviour-file", str(word))
    head = ("--head", words[-1]) if role == "program" else ()
    return (*STUB, "--role", role, "--network", str(network), *behaviour, *head)


def folder_of(engine: Engine, container: Record) -> Path:
    return whole.of(engine).folder / container.id[-24:]


def _environment(engine: Engine, instance: Record, container: Record) -> dict[str, str]:
    own = {
        str(name): str(value)
        for name, value in (container.body.get("environmentVariables") or {}).items()
    }
    given = {"OCI_ENDPOINT": engine.address, "TMPDIR": str(folder_of(engine, container))}
    if not container.body.get("isResourcePrincipalDisabled"):
        principal = principals.issue(
            engine, instance.id, "resource", instance.body["compartmentId"], YEAR
        )
        given["OCI_RESOURCE_PRINCIPAL_VERSION"] = "2.2"
        given["OCI_RESOURCE_PRINCIPAL_RPST"] = principal["token"]
        given["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] = principal["key"]
        given["OCI_RESOURCE_PRINCIPAL_REGION"] = principal["region"]
    return {**given, **own}


def _check(engine: Engine, given: dict[str, Any]) -> Check:
    headers = tuple(
        (str(header["name"]), str(header["value"])) for header in given.get("headers") or []
    )
    probe = Probe(
        given["healthCheckType"],
        given.get("path") or "/",
        0,
        timeout=given["timeoutInSeconds"],
        headers=headers,
    )
    return Check(
        name=given["name"],
        probe=probe,
        port=given["port"],
        delay=engine.clock.scaled(given["initialDelayInSeconds"]),
        interval=max(FASTEST_CHECK, engine.clock.scaled(given["intervalInSeconds"])),
        failures=given["failureThreshold"],
        successes=given["successThreshold"],
        kills=given["failureAction"] == "KILL",
    )


def _one_off(words: list[str]) -> str:
    """Return a little program for the few commands the sandbox knows; it runs nothing of the
    machine it is on.
    """
    line = " ".join(words)
    code = {"true": 0, "false": 1}.get(words[-1])
    if code is None and (found := line.rpartition("exit ")[2]).isdigit() and "exit " in line:
        code = int(found)
    if code is None:
        return f"import sys; print('the sandbox has no command', {line!r}); sys.exit(127)"
    return f"import sys; print({line!r}); sys.exit({code})"
