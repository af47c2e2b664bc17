"""The migration as a one-off container runs it: the real Alembic, with the image's revisions."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

SCRIPTS = Path(__file__).resolve().parent / "alembic"
#: the portal's own program, which is the only Python of others that the sandbox runs
PROGRAM = SCRIPTS.parents[2] / "releases" / "deployment" / "program" / "migrate.py"
REVISIONS = ("records", "record_key", "record_parent")
MORE = {  # what images of a behaviour bring besides
    "oneway": ("one_way",),
    "failmigration": ("broken",),
    "left": ("left",),
    "branches": ("left", "right"),
    "merged": ("left", "right", "merge"),
}


def run_program(behaviour: str, head: str, network: Path | None) -> int:
    """Run the portal's program as `python -c` does."""
    _enter_image(behaviour, network)
    sys.argv = ["-c", head]
    exec(compile(PROGRAM.read_text(), "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
    return 0


def upgrade(behaviour: str, network: Path | None) -> int:
    """Do what `alembic upgrade head` and `alembic current` do."""
    _enter_image(behaviour, network)
    config = Config()
    config.set_main_option("script_location", "alembic")
    command.upgrade(config, "head")
    command.current(config)
    return 0


def _enter_image(behaviour: str, network: Path | None) -> None:
    """Unpack the image's `alembic` folder and go where it is."""
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    versions = folder / "alembic" / "versions"
    versions.mkdir(parents=True)
    shutil.copy(SCRIPTS / "env.py", versions.parent)
    for name in (*REVISIONS, *MORE.get(behaviour, ())):
        shutil.copy(SCRIPTS / "versions" / f"{name}.py", versions)
    if network:
        os.environ["SANDBOX_NETWORK"] = str(network)
    os.chdir(folder)
