"""Prints the policy that the portal's own principal needs in OCI."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.cloud import portal_policy


class Command(BaseCommand):
    help = "Print the policy statements that the portal needs in OCI, to paste into the console."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who gets the rights, and where the environments lie."""
        who = parser.add_mutually_exclusive_group()
        who.add_argument("--group", default="conceptlens-portal", help="group of the portal's user")
        who.add_argument(
            "--dynamic-group", help="dynamic group of the instance that the portal runs on"
        )
        parser.add_argument(
            "--parent",
            default="",
            metavar="OCID",
            help="compartment that holds the environments; without it, the root",
        )
        parser.add_argument(
            "--prefix", default="conceptlens", help="what names of environments begin with"
        )
        parser.add_argument(
            "--anchors",
            nargs=2,
            metavar=("BUCKET", "OCID"),
            help="bucket of the audit trail's anchors, and the OCID of its compartment",
        )
        parser.add_argument(
            "--json", action="store_true", help="as a JSON list, for `oci iam policy create`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one statement a line, after the parts of the portal that need it."""
        dynamic = options["dynamic_group"]
        who = f"dynamic-group {dynamic}" if dynamic else f"group {options['group']}"
        found = portal_policy.statements(who, options["parent"], options["prefix"])
        if options["anchors"]:
            text = portal_policy.anchor_statement(who, *options["anchors"])
            found.append(portal_policy.PolicyStatement(text, ("anchors of the audit trail",)))
        if options["json"]:
            self.stdout.write(json.dumps([one.text for one in found], indent=2))
            return
        for one in found:
            self.stdout.write(f"# {'; '.join(one.because)}\n{one.text}")
