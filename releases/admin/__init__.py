"""Releases in the admin: evidence to read, decisions by the same verbs as the pages, the smoke test to edit."""

from releases.admin.deployment import DeploymentAdmin
from releases.admin.release import ReleaseAdmin
from releases.admin.smoke import SmokeRunAdmin, SmokeTestAdmin

__all__ = ["DeploymentAdmin", "ReleaseAdmin", "SmokeRunAdmin", "SmokeTestAdmin"]
