"""Where anybody finds what is public in OCI, without asking OCI."""

from urllib.parse import quote

from portal.cloud.access import access


def of_object(region: str, namespace: str, bucket: str, name: str = "") -> str:
    """Return the address of an object in a bucket that everybody may read (Object Storage, "URL for an object")."""
    base = access().endpoint.rstrip("/") or f"https://objectstorage.{region}.oraclecloud.com"
    return f"{base}/n/{namespace}/b/{bucket}/o/{quote(name)}"
