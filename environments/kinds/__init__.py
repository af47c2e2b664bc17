"""The table of resource kinds."""

from environments.kinds.alarm import Alarm
from environments.kinds.backend_set import BackendSet
from environments.kinds.bucket import Bucket
from environments.kinds.budget import Budget
from environments.kinds.budget_alert import BudgetAlert
from environments.kinds.certificate import Certificate
from environments.kinds.compartment import Compartment
from environments.kinds.db_system import DbSystem
from environments.kinds.default_security_list import DefaultSecurityList
from environments.kinds.dns_record import DnsRecord
from environments.kinds.dns_zone import DnsZone
from environments.kinds.dynamic_group import DynamicGroup
from environments.kinds.group import Group
from environments.kinds.internet_gateway import InternetGateway
from environments.kinds.key import Key
from environments.kinds.kind import Kind
from environments.kinds.lifecycle import Lifecycle
from environments.kinds.listener import Listener
from environments.kinds.load_balancer import LoadBalancer
from environments.kinds.log import Log
from environments.kinds.log_group import LogGroup
from environments.kinds.nat_gateway import NatGateway
from environments.kinds.network_security_group import NetworkSecurityGroup
from environments.kinds.policy import Policy
from environments.kinds.queue import Queue
from environments.kinds.repository import Repository
from environments.kinds.retention_rule import RetentionRule
from environments.kinds.route_table import RouteTable
from environments.kinds.rule_set import RuleSet
from environments.kinds.secret import Secret
from environments.kinds.service_gateway import ServiceGateway
from environments.kinds.subnet import Subnet
from environments.kinds.subscription import Subscription
from environments.kinds.tag import Tag
from environments.kinds.tag_default import TagDefault
from environments.kinds.tag_namespace import TagNamespace
from environments.kinds.topic import Topic
from environments.kinds.vault import Vault
from environments.kinds.vcn import Vcn

KINDS: dict[str, Kind] = {
    "compartment": Compartment(),
    "tag_namespace": TagNamespace(),
    "tag": Tag(),
    "tag_default": TagDefault(),
    "group": Group(),
    "dynamic_group": DynamicGroup(),
    "policy": Policy(),
    "vcn": Vcn(),
    "default_security_list": DefaultSecurityList(),
    "internet_gateway": InternetGateway(),
    "nat_gateway": NatGateway(),
    "service_gateway": ServiceGateway(),
    "route_table": RouteTable(),
    "subnet": Subnet(),
    "nsg": NetworkSecurityGroup(),
    "vault": Vault(),
    "key": Key(),
    "secret": Secret(),
    "bucket": Bucket(),
    "lifecycle": Lifecycle(),
    "retention_rule": RetentionRule(),
    "db_system": DbSystem(),
    "repository": Repository(),
    "queue": Queue(),
    "log_group": LogGroup(),
    "log": Log(),
    "dns_zone": DnsZone(),
    "dns_record": DnsRecord(),
    "certificate": Certificate(),
    "load_balancer": LoadBalancer(),
    "backend_set": BackendSet(),
    "rule_set": RuleSet(),
    "listener": Listener(),
    "topic": Topic(),
    "subscription": Subscription(),
    "alarm": Alarm(),
    "budget": Budget(),
    "budget_alert": BudgetAlert(),
}
GROUPS = ("Tenancy", "Rights", "Network", "Traffic", "Vault", "Data", "Delivery", "Alarms")
