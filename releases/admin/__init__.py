"""Releases in the admin: evidence to read, decisions by the same verbs as the pages, the
smoke test to edit.
"""

from releases.admin.deployment import DeploymentAdmin
from releases.admin.freeze import FreezeWindowAdmin
from releases.admin.release import BundleAdmin, HoldAdmin, ReleaseAdmin
from releases.admin.review import FreezeOverrideAdmin, ReviewAdmin
from releases.admin.smoke import SmokeRunAdmin, SmokeTestAdmin, SmokeVersionAdmin

__all__ = [
    "BundleAdmin",
    "DeploymentAdmin",
    "FreezeOverrideAdmin",
    "FreezeWindowAdmin",
    "HoldAdmin",
    "ReleaseAdmin",
    "ReviewAdmin",
    "SmokeRunAdmin",
    "SmokeTestAdmin",
    "SmokeVersionAdmin",
]
