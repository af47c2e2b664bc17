"""The portal's settings with the kinds of these tests, for worker processes."""

from portal.settings import *  # noqa: F403

JOB_KINDS = {
    f"chaos.{name.lower()}": f"tests.chaos.kinds.{name}" for name in ("Build", "Poison", "Talk")
}
JOB_SCHEDULES: dict = {}
