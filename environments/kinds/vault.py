"""A vault, the key in it and the secrets: never their values."""

from typing import Any

from environments.desired import Desired
from environments.kinds.kind import DESCRIBED, NAMED
from environments.kinds.standard import ScheduledKind
from environments.kinds.terraform_form import Arguments, Form
from environments.kinds.watched import all_unset


class VaultKind(ScheduledKind):
    """Its keys are managed at an endpoint of its own; deleting it includes keys and secrets."""

    name, group = "vault", "Vault"
    holds_data = True
    service, noun = "kms_vault", "vault"
    waiting_days = 7  # the least that OCI takes for a vault (ScheduleVaultDeletionDetails)
    in_place = NAMED
    facts = {"managementEndpoint": "managementEndpoint", "timeOfDeletion": "timeOfDeletion"}
    usual_seconds = 60
    keepable = frozenset({"vaultType"})
    price = "free"
    portal_rights = ("manage vaults in compartment id P",)
    terraform = Form("oci_kms_vault", kept=True)
    terraform_facts = {"managementEndpoint": "${{{address}.management_endpoint}}"}


class KeyKind(ScheduledKind):
    """Encrypts the secrets, which need a symmetric key of the same vault."""

    name, group = "key", "Vault"
    watched = all_unset("isAutoRotationEnabled")
    holds_data = True
    good_states = frozenset({"ENABLED"})
    state_hints = {
        "DISABLED": (
            "Nothing that is encrypted with it can be read, the secrets included. Enable it in the "
            "OCI console."
        ),
    }
    no_change_in = frozenset({"DISABLED"})
    service, noun, endpoint = "kms_management", "key", "at"
    waiting_days = 7  # the least that OCI takes for a key (ScheduleKeyDeletionDetails)
    in_place = NAMED
    list_is_partial = True
    facts = {"version": "currentKeyVersion", "timeOfDeletion": "timeOfDeletion"}
    usual_seconds = 15
    keepable = frozenset({"keyShape", "protectionMode"})
    price = "free"
    portal_rights = ("manage keys in compartment id P",)
    terraform = Form(
        "oci_kms_key",
        {"at": "management_endpoint"},
        imported="managementEndpoint/{at}/keys/{ocid}",
        kept=True,
    )


class SecretKind(ScheduledKind):
    """Its name is unique in its vault, also while its deletion is pending."""

    name, group = "secret", "Vault"
    watched = all_unset("rotationConfig", "secretRules", "replicationConfig", "metadata")
    holds_data = True
    service, noun = "vaults", "secret"
    waiting_days = 1  # the least that OCI takes for a secret (ScheduleSecretDeletionDetails)
    in_place = DESCRIBED
    list_by = ("compartmentId", "vaultId")
    list_is_partial = True
    name_field = "secretName"
    facts = {
        "version": "currentVersionNumber",
        "generated": "isAutoGenerationEnabled",
        "timeOfDeletion": "timeOfDeletion",
    }
    usual_seconds = 10
    price = "free"
    console = "/security/kms/vaults/{vault}/secrets/{ocid}"
    not_exported = (
        "the values of secrets: their owners set them again, on the environment's page or in the "
        "console"
    )
    portal_rights = ("manage secrets in compartment id P",)
    terraform = Form(
        "oci_vault_secret",
        kept=True,
        ignored=("secret_content", "secret_generation_context", "enable_auto_generation"),
    )
    terraform_facts = {"version": "${{{address}.current_version_number}}"}

    def body_of_creation(self, want: Desired) -> dict[str, Any]:
        """Let Vault generate the first value, so that the portal never sees one."""
        context = {
            "generationType": "PASSPHRASE",
            "generationTemplate": "SECRETS_DEFAULT_PASSWORD",
            "passphraseLength": 32,
        }
        generated = {"enableAutoGeneration": True, "secretGenerationContext": context}
        return {**super().body_of_creation(want), **generated}

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Let Vault generate the first value here too; a value is never written down."""
        context = {
            "generation_type": "PASSPHRASE",
            "generation_template": "SECRETS_DEFAULT_PASSWORD",
            "passphrase_length": 32,
        }
        generated = {"enable_auto_generation": True, "secret_generation_context": context}
        return {**super().terraform_arguments(want), **generated}
