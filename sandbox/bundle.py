"""Makes a small build of a frontend, as Vite would leave it: `python -m sandbox.bundle ENV
VERSION`, or make bundle.
"""

import argparse
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

LISTENERS = {"dev": 11, "stage": 12, "prod": 13}  # of the sandbox, counted from its first port
MADE = (2026, 1, 1, 0, 0, 0)  # the same build twice is the same archive
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3"'
    ' fill="#2563eb"/></svg>\n'
)
_STYLE = (
    "body{font-family:system-ui;margin:3rem auto;max-width:40rem;padding:0"
    " 1rem}#state{font-weight:600}\n"
)
# As Vite leaves the product's settings: the default address stays as a fallback.
_SCRIPT = (
    'const i="{api}",f=(i==null?void 0:i.replace(/\\/+$/,""))??"http://localhost:8000",l="",d="",'
    'v="{version}",r={{apiBaseUrl:f,instructorUsername:l,instructorPassword:d,hasInstructorAuth:!!l}};'
    'document.querySelector("#version").textContent=v;const u=document.querySelector("#state");'
    "fetch(`${{r.apiBaseUrl}}/health`).then(o=>o.json()).then(o=>{{u.textContent=o.status}})"
    '.catch(()=>{{u.textContent="the API does not answer"}});\n'
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>ConceptLens {version}</title>
<link rel="icon" href="{base}icon.svg"><link rel="stylesheet" href="{base}{style}">
<script type="module" crossorigin src="{base}{script}"></script></head>
<body><h1>ConceptLens</h1>
<p>Version <span id="version"></span>. The API is <span id="state">being asked</span>.</p>
</body></html>
"""


def files(api: str, version: str, *, base: str = "./") -> dict[str, bytes]:
    """Return the files of a build by name: what names itself by its content, the icon, the page."""
    script = _SCRIPT.format(api=api, version=version).encode()
    style = _STYLE.encode()
    names = {"script": _hashed("js", script), "style": _hashed("css", style)}
    page = _PAGE.format(version=version, base=base, **names)
    return {
        names["script"]: script,
        names["style"]: style,
        "icon.svg": _ICON.encode(),
        "index.html": page.encode(),
    }


def packed(content: Mapping[str, bytes]) -> bytes:
    """Return the files as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name, MADE), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def main() -> int:
    """Write the archive and say where it is."""
    options = _options()
    port = urlsplit(options.portal).port or 8000
    api = options.api or f"http://127.0.0.1:{port + LISTENERS[options.environment]}"
    target = Path(options.folder) / f"frontend-{options.environment}-{options.version}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed(files(api, options.version, base=options.base)))
    print(
        f"{target}\ncalls {api}; upload it at"
        f" {options.portal}/releases/bundles/?environment={options.environment}"
    )
    return 0


def _hashed(kind: str, content: bytes) -> str:
    return f"assets/index-{hashlib.sha256(content).hexdigest()[:8]}.{kind}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.bundle", description=__doc__)
    parser.add_argument("environment", choices=tuple(LISTENERS))
    parser.add_argument("version", help="such as 1.4.0")
    parser.add_argument(
        "--portal", default="http://localhost:8000", help="address of the sandbox's portal"
    )
    parser.add_argument(
        "--api", default="", help="the API that it calls; the sandbox's own when none is given"
    )
    parser.add_argument(
        "--base",
        default="./",
        help="what the page's addresses begin with: / when a CDN is in front",
    )
    parser.add_argument("--folder", default=".sandbox/bundles", help="where to write it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
