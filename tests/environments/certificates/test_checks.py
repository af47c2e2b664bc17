"""What is asked of a certificate: each refusal says what is wrong, where, and what to do."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from environments.certificates.checks import PastedCertificate, check
from portal.lib.refusal import Invalid
from tests.issued import NOW, Issued

HOST = "api.dev.example.com"
ROOT = Issued("Root", authority=True, days=900)
MIDDLE = Issued("Middle", ROOT, authority=True, days=500)
OTHER = Issued("Other", authority=True, days=900)
LEAF = Issued(HOST, MIDDLE)


def checked(leaf=LEAF, chain=(MIDDLE, ROOT), key=None, at=NOW):
    bundle = PastedCertificate(leaf.pem, "".join(one.pem for one in chain), key or leaf.key_pem)
    return check(bundle, host=HOST, at=at)


def test_a_good_one_passes_with_what_may_be_told_of_it():
    found = checked()
    assert (found.names, found.issuer) == ((HOST,), "CN=Middle")
    assert found.serial == f"{LEAF.certificate.serial_number:x}"
    assert found.not_after == LEAF.certificate.not_valid_after_utc
    assert "PRIVATE" not in repr(found) + repr(PastedCertificate(LEAF.pem, "", LEAF.key_pem))


@pytest.mark.parametrize(
    "chain", [(ROOT, MIDDLE), (MIDDLE,), (LEAF, MIDDLE, ROOT), (MIDDLE, MIDDLE, ROOT)]
)
def test_the_chain_may_come_in_any_order_without_its_root_or_with_the_certificate_itself(chain):
    found = x509.load_pem_x509_certificates(checked(chain=chain).chain.encode())
    assert found[0] == MIDDLE.certificate
    assert LEAF.certificate not in found


def test_a_file_that_holds_the_whole_chain_may_be_pasted_as_one():
    found = check(PastedCertificate(LEAF.pem + MIDDLE.pem, "", LEAF.key_pem), host=HOST, at=NOW)
    assert (found.certificate, found.chain) == (LEAF.pem, MIDDLE.pem)


def test_one_that_signs_itself_is_its_own_chain():
    own = Issued(HOST)
    assert checked(own, ()).chain == own.pem


def test_a_star_covers_one_label():
    assert checked(Issued("x", MIDDLE, names=["*.dev.example.com"])).names == ("*.dev.example.com",)


def encrypted(leaf):
    form = serialization.BestAvailableEncryption(b"secret")
    return leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, form
    ).decode()


REFUSED = {
    "expired": (
        lambda: checked(Issued(HOST, MIDDLE, days=-1)),
        r"Certificate: CN=api.* expired on .* renewed",
    ),
    "not yet": (
        lambda: checked(Issued(HOST, MIDDLE, since=-2)),
        "Certificate: .* is not valid before",
    ),
    "an expired chain": (lambda: checked(at=NOW + datetime.timedelta(days=600)), "expired on"),
    "another's chain": (
        lambda: checked(chain=(OTHER,)),
        "Chain: it is broken: nothing in it signs the certificate of CN=api",
    ),
    "no chain": (
        lambda: checked(chain=()),
        "Chain: it is broken: nothing in it signs .* Paste the certificate of CN=Middle",
    ),
    "a gap": (lambda: checked(chain=(ROOT,)), "Chain: it is broken: nothing in it signs"),
    "a stranger in it": (
        lambda: checked(chain=(MIDDLE, ROOT, OTHER)),
        "Chain: it is broken: CN=Other signs nothing here",
    ),
    "no authority": (
        lambda: checked(Issued(HOST, Issued("Plain", ROOT)), (ROOT,)),
        "Chain: it is broken",
    ),
    "another's key": (
        lambda: checked(key=MIDDLE.key_pem),
        "Private key: it does not belong to the certificate of CN=api",
    ),
    "a passphrase": (
        lambda: checked(key=encrypted(LEAF)),
        "Private key: it is protected by a passphrase.*openssl pkey",
    ),
    "no key": (lambda: checked(key="nonsense"), "Private key: it is not a private key in PEM form"),
    "an empty key": (lambda: checked(key=" "), "Private key: it is empty"),
    "another name": (
        lambda: checked(Issued("www.example.com", MIDDLE)),
        (
            "Certificate: it is for www.example.com, not for api.dev.example.com.* subject "
            "alternative names"
        ),
    ),
    "a deeper star": (
        lambda: checked(Issued("x", MIDDLE, names=["*.example.com"])),
        r"it is for \*\.example\.com, not for",
    ),
    "a small key": (
        lambda: checked(Issued(HOST, MIDDLE, key=rsa.generate_private_key(65537, 1024))),
        "Certificate: its key is RSA 1024",
    ),
    "a strange curve": (
        lambda: checked(Issued(HOST, MIDDLE, key=ec.generate_private_key(ec.SECP521R1()))),
        "its key is secp521r1",
    ),
    "a weak digest": (
        lambda: checked(Issued(HOST, MIDDLE, digest=hashes.SHA224())),
        "it is signed with sha224",
    ),
    "no PEM": (
        lambda: check(PastedCertificate("hello", "", LEAF.key_pem), host=HOST, at=NOW),
        "Certificate: it is not a certificate in PEM",
    ),
    "nothing": (
        lambda: check(PastedCertificate("", "", ""), host=HOST, at=NOW),
        "Certificate: it is empty",
    ),
    "the key beside it": (
        lambda: check(
            PastedCertificate(LEAF.pem + LEAF.key_pem, "", LEAF.key_pem), host=HOST, at=NOW
        ),
        "Certificate: there is a private key in it",
    ),
    "a book": (
        lambda: check(PastedCertificate("x" * 60_001, "", LEAF.key_pem), host=HOST, at=NOW),
        "longer than 60000 characters",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses(case):
    act, said = REFUSED[case]
    with pytest.raises(Invalid, match=f"(?s){said}") as refusal:
        act()
    assert "Nothing was sent to OCI" in refusal.value.message
    assert refusal.value.next_step
    assert "PRIVATE KEY" not in refusal.value.message
