"""The environments in the admin."""

from environments.admin.environment import EnvironmentAdmin
from environments.admin.records import (
    DriftReportAdmin,
    ManagedResourceAdmin,
    PlanAdmin,
    SecretReferenceAdmin,
)

__all__ = [
    "DifferenceAdmin",
    "DriftReportAdmin",
    "EnvironmentAdmin",
    "ManagedResourceAdmin",
    "PlanAdmin",
    "SecretReferenceAdmin",
]
