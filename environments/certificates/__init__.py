"""The certificate of an environment's API: checked, imported, watched."""

KEY = "certificate.api"  # of the resource
