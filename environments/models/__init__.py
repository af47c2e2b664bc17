"""Environments, their resources, plans, secret references, drift reports."""

from environments.models.drift import DriftReport
from environments.models.environment import Environment
from environments.models.plan import Plan, PlanState
from environments.models.resource import ManagedResource
from environments.models.secret import SecretReference

__all__ = ["DriftReport", "Environment", "ManagedResource", "Plan", "PlanState", "SecretReference"]
