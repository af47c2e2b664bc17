"""The records of releases: what was asked, who agreed, what runs where, how it was tested."""

from releases.models.approval import Approval
from releases.models.bundle import Bundle
from releases.models.container_log import ContainerLog
from releases.models.deployment import Deployment
from releases.models.freeze import FreezeOverride, FreezeWindow
from releases.models.hold import Hold
from releases.models.publication import Publication
from releases.models.release import Release
from releases.models.review import Review
from releases.models.smoke import SmokeRun, SmokeTest, SmokeVersion
from releases.models.wait_override import WaitOverride

__all__ = [
    "Approval",
    "Bundle",
    "ContainerLog",
    "Deployment",
    "FreezeOverride",
    "FreezeWindow",
    "Hold",
    "Publication",
    "Release",
    "Review",
    "SmokeRun",
    "SmokeTest",
    "SmokeVersion",
    "WaitOverride",
]
