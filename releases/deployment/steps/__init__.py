"""The steps of deployments and rollbacks, one file each."""
