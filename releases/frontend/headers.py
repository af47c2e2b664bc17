"""What goes with each file: its content type, how long a browser may keep it, its MD5 as
Object Storage writes it.
"""

import base64
import hashlib
import re

TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "webmanifest": "application/manifest+json",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
}
SCRIPTS = {"js", "mjs"}
TEXTS = {"html", "css", "json", "map", "webmanifest", "txt", "xml", "md", "csv", "svg", *SCRIPTS}
FOREVER = "public, max-age=31536000, immutable"
ASK = "no-cache"  # kept, but asked for each time whether it is still the same
_HASHED = re.compile(r"^assets/(?:.*/)?[^/]*[-.][A-Za-z0-9_-]{8,}\.[a-z0-9.]+$")


def extension(name: str) -> str:
    """Return what follows the last dot, in small letters."""
    return (
        name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name.rpartition("/")[2] else ""
    )


def content_type(name: str) -> str:
    """Return the type by the name; nothing when it is not known."""
    if name.startswith(".well-known/") and not extension(name):
        return TYPES["json"]
    return TYPES.get(extension(name), "")


def cache_control(name: str) -> str:
    """Return how long a file may be kept: for good when its name tells its content, else it
    is asked for again.
    """
    return FOREVER if _HASHED.match(name) else ASK


def md5(content: bytes) -> str:
    """Return the MD5 of a file in base64: Object Storage compares it with what arrived, and
    lists it.
    """
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
