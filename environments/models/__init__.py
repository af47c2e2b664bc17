"""Environments, their resources, plans, approvals, secret references, drift, adoptions."""

from environments.drift import DRIFT, DriftKind
from environments.models.adoption import Adoption, Discovery
from environments.models.approval import PlanApproval
from environments.models.drift import DriftItem, DriftReport
from environments.models.environment import Environment
from environments.models.plan import Plan, PlanKind, PlanState
from environments.models.region import Region
from environments.models.resource import ManagedResource
from environments.models.secret import SecretReference

__all__ = [
    "DRIFT",
    "Adoption",
    "Discovery",
    "DriftItem",
    "DriftKind",
    "DriftReport",
    "Environment",
    "ManagedResource",
    "Plan",
    "PlanApproval",
    "PlanKind",
    "PlanState",
    "Region",
    "SecretReference",
]
