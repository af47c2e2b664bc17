"""The tour of environments in a real browser: prod from nothing, drift, one built by hand adopted
and taken down again.

The test is one story in chapters: each goes on where the one before has ended.
What people type into a terminal is the real `oci`.
"""

import csv
import http.client
import json
import re
import socket
import ssl
import zipfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from playwright.sync_api import Page, expect

from tests.issued import Issued
from tests.patience import patient
from tests.ports import free_block

SOON, SLOW = (
    patient(30_000),
    patient(60_000),
)  # ms: one job of the sandbox; an apply of a whole environment
DOMAIN = "prod.conceptlens.example"
HOST = f"api.{DOMAIN}"
LISTS = {  # kind in the inventory: how the command line lists it in a compartment
    "VCN": "network vcn list",
    "subnet": "network subnet list",
    "network security group": "network nsg list",
    "load balancer": "lb load-balancer list",
    "policy": "iam policy list",
    "secret": "vault secret list",
    "database system": "psql db-system-collection list-db-systems",
    "container repository": "artifacts container repository list",
    "bucket": "os bucket list",
    "alarm": "monitoring alarm list",
}


def follow(page: Page) -> None:
    """Wait for the job on the page, and open what it has made."""
    page.get_by_role("link", name="Result").click(timeout=SOON)


def plan(page: Page, slug: str) -> None:
    page.goto(f"/environments/{slug}/")
    page.get_by_role("button", name=f"Plan {slug}").click()
    follow(page)


def carry_out(page: Page, slug: str) -> None:
    """Apply the plan on the page; type the name where it is asked for, tick what takes away."""
    page.get_by_role("link", name="Apply…").click()
    if page.locator("[name=environment]").count():
        page.fill("[name=environment]", slug)
    for box in page.locator("[name=takes_away]").all():
        box.check()
    page.get_by_role("button", name=f"Apply to {slug}").click()
    succeeded(page)


def succeeded(page: Page) -> None:
    expect(page.locator("#progress .p-badge").first).to_have_text("succeeded", timeout=SLOW)


def nothing_to_do(page: Page, slug: str) -> None:
    plan(page, slug)
    expect(page.locator("main")).to_contain_text("Nothing to do")
    expect(page.get_by_role("link", name="Apply…")).to_have_count(0)


def inventory(page: Page, slug: str, folder) -> dict[str, set[str]]:
    """Download the inventory; return the OCIDs of each kind, the names of buckets."""
    page.goto(f"/environments/{slug}/inventory/")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(folder / "inventory.csv")
    found = defaultdict(set)
    with (folder / "inventory.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["kind"]].add(row["name"] if row["kind"] == "bucket" else row["ocid"])
    return found


def listed(sandbox, command: str, compartment: str) -> set[str]:
    """Return what the real command line lists."""
    out = sandbox.oci(*command.split(), "--compartment-id", compartment, "--all")
    data = json.loads(out)["data"]
    rows = data["items"] if isinstance(data, dict) else data
    standing = (
        row for row in rows if row.get("lifecycle-state") not in ("TERMINATED", "DELETED")
    )  # told of for a while
    return {row["name" if command.startswith("os") else "id"] for row in standing}


def test_the_tour_of_environments(sandbox, people, tmp_path):
    https_port = free_block()  # a port of its own: only root may take 443
    authority = Issued("A root for a test", authority=True)
    prod_is_provisioned_from_nothing(people, https_port)
    https_comes_with_the_certificate(sandbox, people, authority, https_port)
    the_command_line_lists_what_the_inventory_shows(sandbox, people, tmp_path)
    the_configuration_is_handed_out(people, tmp_path)
    drift_says_what_who_and_from_where_and_is_put_back(sandbox, people)
    what_was_built_by_hand_is_adopted(sandbox, people, tmp_path)
    it_is_taken_down_by_two_people(sandbox, people)
    assert people.mistakes == []


def prod_is_provisioned_from_nothing(people, https_port):
    ada = people.page("ada")
    ada.goto("/environments/prod/")
    ada.get_by_role("link", name="Settings", exact=True).click()
    ada.fill("[name=setting_domain]", DOMAIN)
    ada.fill("[name=setting_https_listener_port]", str(https_port))
    ada.get_by_role("button", name="Save", exact=True).click()
    expect(ada.locator("body")).to_contain_text("was changed successfully")
    plan(ada, "prod")
    shown = ada.locator("main")
    expect(shown).to_contain_text(f"HTTPS waits for a certificate for {HOST}")
    expect(shown).to_contain_text("Monthly cost")
    expect(shown.locator(".p-graph").first).to_be_visible()
    dan = people.page("dan")
    dan.goto(ada.url)
    expect(dan.get_by_role("link", name="Apply…")).to_have_count(0)  # prod is for admins
    carry_out(ada, "prod")


def https_comes_with_the_certificate(sandbox, people, authority, https_port):
    ada = people.page("ada")
    leaf = Issued(HOST, authority)
    ada.goto("/environments/prod/")
    ada.get_by_role("link", name=re.compile("Certificate of")).click()
    for name, text in {
        "certificate": leaf.pem,
        "chain": authority.pem,
        "private_key": leaf.key_pem,
    }.items():
        ada.fill(f"[name={name}]", text)
    ada.get_by_role("button", name="Import for prod").click()
    expect(ada.locator("main")).to_contain_text("Now plan prod")
    plan(ada, "prod")
    expect(ada.locator("main")).to_contain_text("listener.https")
    carry_out(ada, "prod")
    nothing_to_do(ada, "prod")

    trust = ssl.create_default_context(cadata=authority.pem)
    with (
        socket.create_connection(("127.0.0.1", https_port), patient(10)) as line,
        trust.wrap_socket(line, server_hostname=HOST) as secure,
    ):
        secure.sendall(
            f"GET /health HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
        )
        assert re.match(rb"HTTP/1.1 50[23] ", secure.recv(1000))  # nothing is released yet
    with closing(
        http.client.HTTPConnection("127.0.0.1", sandbox.port + 13, timeout=patient(10))
    ) as plain:
        plain.request("GET", "/runs?page=2", headers={"Host": HOST})
        answer = plain.getresponse()
        assert (answer.status, answer.headers["Location"]) == (
            301,
            f"https://{HOST}:{https_port}/runs?page=2",
        )


def the_command_line_lists_what_the_inventory_shows(sandbox, people, tmp_path):
    dan = people.page("dan")
    shown = inventory(dan, "prod", tmp_path)
    (compartment,) = shown["compartment"]
    with ThreadPoolExecutor(2) as pool:
        there = dict(
            zip(
                LISTS,
                pool.map(lambda command: listed(sandbox, command, compartment), LISTS.values()),
                strict=True,
            )
        )
    assert {kind: len(found) for kind, found in there.items()} == {
        kind: len(shown[kind]) for kind in LISTS
    }
    assert there == {kind: shown[kind] for kind in LISTS}


def the_configuration_is_handed_out(people, tmp_path):
    dan = people.page("dan")
    dan.goto("/environments/prod/")
    with dan.expect_download() as download:
        dan.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "prod.zip")
    with zipfile.ZipFile(tmp_path / "prod.zip") as archive:
        assert "README.md" in archive.namelist()
        assert not any(b"PRIVATE KEY" in archive.read(name) for name in archive.namelist())


def drift_says_what_who_and_from_where_and_is_put_back(sandbox, people):
    sandbox.oci(
        "os",
        "bucket",
        "update",
        "--bucket-name",
        "conceptlens-prod-exports",
        "--versioning",
        "Enabled",
    )
    ada = people.page("ada")
    ada.goto("/environments/prod/drift/")
    ada.get_by_role("button", name="Check now").click()
    succeeded(ada)
    ada.goto("/environments/prod/drift/")
    row = ada.locator("tr", has_text="bucket.exports")
    for words in ("versioning", "Disabled", "Enabled", "operator", "UpdateBucket from 127.0.0.1"):
        expect(row).to_contain_text(words)
    row.get_by_role("button", name="Plan to revert").click()
    follow(ada)
    expect(ada.locator("#change-bucket\\.exports")).to_contain_text("takes away")
    carry_out(ada, "prod")
    assert '"versioning": "Suspended"' in sandbox.oci(
        "os", "bucket", "get", "--bucket-name", "conceptlens-prod-exports"
    )


def what_was_built_by_hand_is_adopted(sandbox, people, tmp_path):
    made = built_by_hand(sandbox)
    ada = people.page("ada")
    ada.goto("/environments/stage/adopt/")
    ada.get_by_role("button", name="Discover").click()
    succeeded(ada)
    ada.goto("/environments/stage/adopt/")
    for words in ("vcn_cidr", "10.99.0.0/16", "10.99.1.0/24", "10.99.2.0/24"):
        expect(ada.locator("main")).to_contain_text(words)
    expect(ada.get_by_label("Accept")).to_be_checked()
    ada.get_by_role("button", name="Choose and plan stage").click()
    follow(ada)
    for key in made:
        expect(ada.locator(f'[id="change-{key}"]')).to_contain_text(re.compile("adopt|takes away"))
    expect(ada.locator('[id="change-load_balancer"]')).to_contain_text("create")
    carry_out(ada, "stage")
    nothing_to_do(ada, "stage")
    shown = inventory(ada, "stage", tmp_path)
    assert {made["vcn"]} == shown["VCN"]
    assert {made["subnet.public"], made["subnet.private"]} == shown["subnet"]


def built_by_hand(sandbox) -> dict[str, str]:
    """Build the beginnings of stage at the command line; return the OCIDs by the keys that
    they should get.
    """

    def make(*words: str) -> str:
        return sandbox.oci_once_known(*words, "--query", "data.id", "--raw-output").strip()

    name, root = "conceptlens-stage", tenancy(sandbox)
    inside = (
        "--compartment-id",
        make(
            "iam", "compartment", "create", "-c", root, "--name", name, "--description", "by hand"
        ),
    )
    vcn = make(
        "network",
        "vcn",
        "create",
        *inside,
        "--display-name",
        f"{name}-vcn",
        "--cidr-blocks",
        '["10.99.0.0/16"]',
    )
    subnet = ("network", "subnet", "create", *inside, "--vcn-id", vcn, "--display-name")
    commands = {
        "subnet.public": (*subnet, f"{name}-public", "--cidr-block", "10.99.1.0/24"),
        "subnet.private": (
            *subnet,
            f"{name}-private",
            "--cidr-block",
            "10.99.2.0/24",
            "--prohibit-public-ip-on-vnic",
            "true",
        ),
        "bucket.uploads": ("os", "bucket", "create", *inside, "--name", f"{name}-uploads"),
    }
    with ThreadPoolExecutor(2) as pool:
        made = dict(
            zip(commands, pool.map(lambda words: make(*words), commands.values()), strict=True)
        )
    return {"compartment": inside[1], "vcn": vcn, **made}


def it_is_taken_down_by_two_people(sandbox, people):
    ada, dora = people.page("ada"), people.page("dora")
    ada.goto("/environments/prod/destroy/")
    expect(ada.locator("main")).to_contain_text("prod is protected")
    ada.goto("/environments/stage/")
    ada.get_by_role("link", name="Destroy…").click()
    ada.get_by_role("button", name="Plan to destroy stage").click()
    follow(ada)
    address = ada.url
    expect(ada.locator("main")).to_contain_text("1 approval missing")
    expect(ada.get_by_role("button", name=re.compile("Agree"))).to_have_count(
        0
    )  # nobody agrees to his own
    expect(ada.get_by_role("link", name="Destroy stage…")).to_have_count(0)
    dora.goto(address)
    dora.get_by_role("button", name="Agree to destroy stage").click()
    ada.goto(address)
    ada.get_by_role("link", name="Destroy stage…").click()
    ada.fill("[name=environment]", "stage")
    ada.get_by_role("button", name="Destroy stage").click()
    succeeded(ada)
    assert not listed(sandbox, "network vcn list", stage_compartment(sandbox))


def stage_compartment(sandbox) -> str:
    data = json.loads(sandbox.oci("iam", "compartment", "list"))["data"]
    return next(row["id"] for row in data if row["name"] == "conceptlens-stage")


def tenancy(sandbox) -> str:
    config = (sandbox.folder / "data" / "oci" / "config").read_text()
    return re.search(r"^tenancy=(.+)$", config, re.MULTILINE)[1]
