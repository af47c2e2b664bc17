"""What the evidence pack says of itself."""

README = """# Evidence of a deployment

Unpack the zip anywhere, go into the folder, and run (Python 3.9 or later, nothing else, no network):

    python verifier.py .

`python verifier.py FILE.zip` checks the zip as it is. Exit code 0 means that every file is as the portal packed it; 1 means
that something was changed, and names it. `--key KEY` pins the portal's public key (ask whoever keeps it): without it the pack's
own key is used, and the verifier says so. A verifier that comes from what it verifies proves little: compare `verifier.py` with
the one of the portal's repository, or use that one.

| file | holds |
|---|---|
| `request.json` | who asked for what, when, why; how it was decided |
| `plan.json` | what should run: the bytes whose SHA-256 people agreed to |
| `approvals.json` | who agreed, when, to which digest |
| `digests.json` | images, frontend bundle, plan |
| `deployment.json` | instances, times, how it ended, what the migration did |
| `jobs/ID.json`, `jobs/ID.log` | the ledger of it and of rollbacks from or to it: steps, calls to OCI with request ids, log |
| `logs/` | what the containers wrote last, the migration's among them, secrets masked |
| `smoke.json` | the smoke tests, step by step, with the version of the test |
| `audit/rows.ndjson` | the rows of the audit trail about all this |
| `audit/proofs.json`, `audit/head.json` | for each row the hashes that lead to the root that the head signs (RFC 9162, Ed25519) |
| `manifest.json` | SHA-256 of every file above |
| `seal.json` | the signed audit row that names the manifest |

Values of secrets are nowhere in here: the portal never stores them. What the rows prove: they stood in the trail
when the head was signed. That no other row speaks of this deployment is the portal's word; an export of the whole trail shows it.
"""
