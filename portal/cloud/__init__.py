"""The OCI door: the only package that imports the SDK."""
