"""Speaking to OCI: the only package that imports the SDK."""
