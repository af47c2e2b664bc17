"""A database system in a private subnet, and container instances that may or may not reach it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import oci
import psycopg

from releases.deployment import migration
from tests.patience import patient, until
from tests.sandbox.living.conftest import Site

USER, PASSWORD = "conceptlens", "Sesame-4711"
SIZE = {"shape": "PostgreSQL.VM.Standard.E4.Flex", "instanceOcpuCount": 2}
SIZE |= {"instanceMemorySizeInGBs": 32}


class DatabaseSite:
    """A site with groups `app` and `db`, a rule from one to the other, and one system."""

    def __init__(self, site: Site, folder: Path, **system: Any) -> None:
        self.site, self.folder = site, folder
        self.psql = site.client(oci.psql.PostgresqlClient)
        vcn = site.network.get_subnet(site.subnet).data.vcn_id
        self.place = {"compartmentId": site.compartment, "vcnId": vcn}
        self.groups = {name: self._group(name) for name in ("app", "db")}
        self.allow("app", "EGRESS", "10.20.10.0/24", "CIDR_BLOCK")
        self.rule = self.allow("db", "INGRESS", self.groups["app"], "NETWORK_SECURITY_GROUP")
        self.secret = self._secret(PASSWORD)
        self.subnet = self._subnet()
        self.system = self.create(**system)

    def _group(self, name: str) -> str:
        details = {**self.place, "displayName": name}
        return str(self.site.network.create_network_security_group(details).data.id)

    def allow(self, group: str, direction: str, peer: str, kind: str) -> str:
        end = "source" if direction == "INGRESS" else "destination"
        ports = {"destinationPortRange": {"min": 5432, "max": 5432}}
        rule = {"direction": direction, "protocol": "6", "tcpOptions": ports}
        rule |= {end: peer, f"{end}Type": kind}
        added = self.site.network.add_network_security_group_security_rules(
            self.groups[group], {"securityRules": [rule]}
        )
        return str(added.data.security_rules[0].id)

    def forbid(self) -> None:
        self.site.network.remove_network_security_group_security_rules(
            self.groups["db"], {"securityRuleIds": [self.rule]}
        )

    def _subnet(self) -> str:
        lists = {**self.place, "ingressSecurityRules": [], "egressSecurityRules": []}
        empty = self.site.network.create_security_list(lists).data.id
        details = {**self.place, "cidrBlock": "10.20.10.0/24", "securityListIds": [empty]}
        details["prohibitPublicIpOnVnic"] = True
        return str(self.site.network.create_subnet(details).data.id)

    def _secret(self, value: str) -> str:
        place = {"compartmentId": self.site.compartment}
        vaults = self.site.client(oci.key_management.KmsVaultClient)
        vault = vaults.create_vault({**place, "displayName": "v", "vaultType": "DEFAULT"}).data
        vault = vaults.get_vault(vault.id).data
        keys = self.site.client(oci.key_management.KmsManagementClient, vault.management_endpoint)
        shape = {"algorithm": "AES", "length": 32}
        key = keys.create_key({**place, "displayName": "k", "keyShape": shape}).data
        details = {**place, "vaultId": vault.id, "keyId": key.id, "secretName": "password"}
        content = {"contentType": "BASE64", "content": base64.b64encode(value.encode()).decode()}
        made = self.site.client(oci.vault.VaultsClient).create_secret(
            {**details, "secretContent": content}
        )
        return str(made.data.id)

    def new_version(self, value: str) -> None:
        content = {"contentType": "BASE64", "content": base64.b64encode(value.encode()).decode()}
        vaults = self.site.client(oci.vault.VaultsClient)
        vaults.update_secret(self.secret, {"secretContent": content})

    def password(self, version: int = 1) -> dict[str, str]:
        return {
            "passwordType": "VAULT_SECRET",
            "secretId": self.secret,
            "secretVersion": str(version),
        }

    def create(self, **more: Any) -> str:
        storage = {"systemType": "OCI_OPTIMIZED_STORAGE", "isRegionallyDurable": True}
        network = {"subnetId": self.subnet, "nsgIds": [self.groups["db"]]}
        details = {
            "displayName": "db",
            "compartmentId": self.site.compartment,
            "dbVersion": "15",
            **SIZE,
            "storageDetails": storage,
            "networkDetails": network,
            "credentials": {"username": USER, "passwordDetails": self.password()},
            **more,
        }
        found = {name: value for name, value in details.items() if value is not None}
        made = self.psql.create_db_system(found).data
        until(lambda: self.psql.get_db_system(made.id).data.lifecycle_state == "ACTIVE")
        return str(made.id)

    def instance(self, *groups: str) -> str:
        """Run a container in these groups."""
        models = oci.container_instances.models
        chosen = [self.groups[name] for name in groups]
        card = models.CreateContainerVnicDetails(subnet_id=self.site.subnet, nsg_ids=chosen)
        found = self.site.instance(self.site.image(), vnics=[card])
        return str(self.site.settled(found.id).id)

    def url(self, password: str = PASSWORD, **more: str) -> str:
        """Return the DATABASE_URL of the system, or a wrong one."""
        end = self.psql.get_connection_details(self.system).data.primary_db_endpoint
        parts = {"host": end.fqdn, "name": "postgres", **more}
        return (
            f"postgresql://{USER}:{password}@{parts['host']}:5432/{parts['name']}?sslmode=require"
        )

    def migrate(self, tag: str, head: str, url: str = "") -> tuple[int, str]:
        """Run the portal's program in a container; return its exit code and log."""
        models = oci.container_instances.models
        card = models.CreateContainerVnicDetails(
            subnet_id=self.site.subnet, nsg_ids=[self.groups["app"]]
        )
        made = self.site.instance(
            self.site.image(tag=tag),
            policy="NEVER",
            vnics=[card],
            arguments=migration.plan(head).command,
            environment_variables={"DATABASE_URL": url or self.url()},
        )
        container = self.site.container(self.site.settled(made.id, "INACTIVE"))
        log = self.site.compute.retrieve_logs(container.id).data.content.decode()
        return int(container.exit_code), log

    def serve(self, url: str = "") -> int:
        """Run the API in a container; return the port at which it answers."""
        models = oci.container_instances.models
        card = models.CreateContainerVnicDetails(
            subnet_id=self.site.subnet, nsg_ids=[self.groups["app"]]
        )
        made = self.site.running(
            self.site.image(),
            vnics=[card],
            environment_variables={"DATABASE_URL": url or self.url()},
        )
        return until(lambda: self._port(made.id))

    def _port(self, instance: str) -> int:
        rows = self.site.simulator.control("GET", "/containers")
        return next((int(row["port"]) for row in rows if row["instance"] == instance), 0)

    def connect(self, instance: str, system: str = "", **more: Any) -> psycopg.Connection[Any]:
        """Connect as a container of an instance does, with the certificate checked."""
        details = self.psql.get_connection_details(system or self.system).data
        end = more.pop("endpoint", None) or details.primary_db_endpoint
        file = self.folder / "ca.pem"
        file.write_text(details.ca_certificate)
        ways = self.site.simulator.control("GET", "/network")[instance]
        return psycopg.connect(
            **{
                "host": end.fqdn,
                "hostaddr": "127.0.0.1",
                "port": ways[f"{end.fqdn}:{end.port}"],
                "user": USER,
                "password": PASSWORD,
                "dbname": "postgres",
                "sslmode": "verify-full",
                "sslrootcert": str(file),
                "connect_timeout": int(patient(10)),
                "autocommit": True,
                **more,
            }
        )

    def back_up(self) -> str:
        """Make a backup by hand; return its OCID."""
        asked = {"displayName": "b", "compartmentId": self.site.compartment}
        answer = self.psql.create_backup({**asked, "dbSystemId": self.system})
        work = self.psql.get_work_request(answer.headers["opc-work-request-id"]).data
        key = work.resources[0].identifier
        until(lambda: self.psql.get_backup(key).data.lifecycle_state == "ACTIVE")
        return str(key)
