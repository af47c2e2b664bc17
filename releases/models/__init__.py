"""The records of releases: what was asked, who agreed, what runs where, how it was tested."""

from releases.models.approval import Approval
from releases.models.deployment import Deployment
from releases.models.release import Release
from releases.models.smoke import SmokeRun, SmokeTest

__all__ = ["Approval", "Deployment", "Release", "SmokeRun", "SmokeTest"]
