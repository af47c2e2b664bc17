"""A bundle is checked against the environment it was built for: names, page, API, secrets;
told with place and way out.
"""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.frontend import allowed_origins, file_names, headers, secrets
from releases.frontend.check import BundleRules, UnfitBundle
from tests.releases.frontend.packing import (
    API,
    RULES,
    build,
    check,
    script_of,
    tarred,
    zip_with,
    zipped,
)


def refused(content, rules=RULES):
    """Return what the check finds wrong, as text."""
    with pytest.raises(UnfitBundle) as caught:
        check(zipped(content), rules)
    return str(caught.value)


def with_script(text, **more):
    """Return a build whose script has that text too."""
    found = build(**more)
    name = script_of(found)
    return {**found, name: found[name] + text.encode()}


def test_a_good_build_is_taken_and_its_digest_is_of_its_files_alone():
    one = check(zipped(build()))
    assert [file.name for file in one.files][-1] == "index.html" and one.unpacked == sum(
        map(len, build().values())
    )
    other = check(tarred(dict(reversed(build().items()))))
    assert other == one
    assert check(zipped(build(version="1.4.1"))).digest != one.digest


def test_the_folder_around_it_and_what_desktops_leave_do_not_count():
    around = {f"dist/{name}": data for name, data in build().items()}
    dotted = {f"./{name}": data for name, data in build().items()}
    litter = {"__MACOSX/._index.html": b"x", ".DS_Store": b"x"}
    assert {check(tarred(content)).digest for content in (around, dotted)} == {
        check(zipped({**build(), **litter})).digest
    }


def test_files_get_their_type_and_how_long_they_last():
    found = {file.name: (file.type, file.cache) for file in check(zipped(build())).files}
    assert found["index.html"] == ("text/html; charset=utf-8", "no-cache")
    assert found["icon.svg"] == (
        "image/svg+xml",
        "no-cache",
    )  # its name says nothing of its content
    assert found[script_of(build())] == ("text/javascript; charset=utf-8", headers.FOREVER)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../escape.js", "leaves the bundle"),
        ("a/../../b.js", "leaves the bundle"),
        ("/etc/cron.js", "is absolute"),
        ("C:/x.js", "is absolute"),
        ("a//b.js", "empty part"),
        ("a\\b.js", "character that addresses do not take"),
        ("a\n.js", "character that addresses do not take"),
        (".env", "is hidden"),
        ("assets/.git/config.txt", "is hidden"),
        ("x" * 600 + ".js", "longer than"),
        ("ru\u0308ckweg.js", "NFC"),
        ("run.php", "its content type is not known"),
        ("no-extension", "its content type is not known"),
    ],
)
def test_names_that_cannot_be_published_are_told(name, words):
    assert words in refused(build(**{name: b"x"}))


def test_names_that_clash_are_told():
    assert "differs from another name only by case" in refused(build(**{"INDEX.html": b"x"}))
    assert "a.txt" in refused(build(**{"a.txt": b"x", "a.txt/b.txt": b"x"}))


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=string.ascii_letters + string.digits + "./\\-_ ~\u00e4\u0000",
        min_size=1,
        max_size=40,
    )
)
def test_a_name_without_a_problem_stays_inside_and_is_itself(name):
    if not file_names.problem(name):
        parts = name.split("/")
        assert (
            ".." not in parts
            and "" not in parts
            and not name.startswith("/")
            and "\\" not in name
            and "\0" not in name
        )
        assert file_names.clashes([name]) == [] and file_names.clashes([name, name.swapcase()]) == [
            name.swapcase()
        ]


def test_without_a_page_or_its_parts_it_is_refused():
    content = build()
    del content["index.html"]
    assert "index.html: is not there" in refused(content)
    content = build()
    del content[script_of(content)]
    assert "which is not in the bundle" in refused(content)


def test_an_absolute_address_needs_a_host_of_its_own():
    content = build()
    content["index.html"] = (
        content["index.html"].replace(b"./assets", b"/assets").replace(b"./icon", b"/icon")
    )
    assert check(zipped(content)).files
    assert "--base=./" in refused(content, BundleRules(API, at_root=False))


@pytest.mark.parametrize(
    ("api", "words"),
    [
        ("http://localhost:8000", "default address of a build without VITE_API_BASE_URL"),
        ("http://127.0.0.1:8000", "default address"),
        ("https://api.example.com", "calls the API of prod"),
        ("https://api.example.com:443", "calls the API of prod"),
        (
            "https://api.dev.example.com.evil.net",
            "never calls the API at https://api.dev.example.com",
        ),
        ("https://api.dev.example.com:8443", "never calls the API"),
    ],
)
def test_it_calls_its_own_api_and_nobody_elses(api, words):
    found = refused(build(api=api))
    assert words in found and f"VITE_API_BASE_URL={API}" in found


def test_another_environments_api_beside_its_own_is_told_with_its_place():
    found = refused(with_script('const old="https://api.example.com/v1";'))
    assert f"{script_of(build())}, line 2, column 12: calls the API of prod" in found


def test_the_default_address_is_fine_where_the_api_is_just_there():
    assert check(
        zipped(build(api="http://127.0.0.1:8000")), BundleRules("http://127.0.0.1:8000")
    ).files


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="ab.:/-8043\"' ", max_size=12), st.text(alphabet="ab.:/-8043\"' ", max_size=12)
)
def test_an_origin_is_found_only_as_a_whole(before, after):
    text = f"{before}http://a.b:80{after}"
    for at in allowed_origins.positions(text, "http://a.b"):
        rest = text[at + len("http://a.b") :].removeprefix(":80")
        assert not rest[:1].isalnum() and rest[:1] != "-"


# The end of the script of real builds by Vite, around the product's settings. The first is of the
# product itself; the others of Vite 6 with a module like its own.
OWN = "http://127.0.0.1:21311"
PRODUCT = (
    'AA="teach",PA="Canary-Pw-7391",TA="http://127.0.0.1:21311".replace(/\\/+$/,"")'
    '??"http://localhost:8000",jA={apiBaseUrl:TA,instructorUsername:AA,instructorPassword:PA,'
    "hasAuth:!!(AA&&PA)};"
)
RIGHT = (
    'const i="http://127.0.0.1:21311",f=(i==null?void 0:i.replace(/\\/+$/,""))'
    '??"http://localhost:8000",l="",d="",p="Course staff",r={apiBaseUrl:f,instructorUsername:l,'
    "instructorPassword:d,instructorName:p,hasInstructorAuth:!!l};async function h(o){const s={"
    'Accept:"application/json"};r.hasInstructorAuth&&(s.Authorization=`Basic ${btoa('
    "`${r.instructorUsername}:${r.instructorPassword}`)}`);const n=await fetch("
    "`${r.apiBaseUrl}/api/v1${o}`,{headers:s});return n.json()}"
)
SLASH = RIGHT.replace('i="http://127.0.0.1:21311"', 'i="http://127.0.0.1:21311/"')
DEFAULT = (
    'const l="http://localhost:8000",a="",f="",d="Course staff",r={apiBaseUrl:l,'
    "instructorUsername:a,instructorPassword:f,instructorName:d,hasInstructorAuth:!!a};"
)
BAKED = RIGHT.replace('l="",d=""', 'd="teach",l="Canary-Pw-7391"').replace(
    "instructorUsername:l,instructorPassword:d", "instructorUsername:d,instructorPassword:l"
)
REAL = BundleRules(OWN, {"prod": "https://api.example.com"})


def of_script(text):
    found = build()
    return {**found, script_of(found): text.encode()}


@pytest.mark.parametrize("text", [RIGHT, SLASH, PRODUCT.replace("Canary-Pw-7391", "")])
def test_a_right_build_by_vite_is_taken_with_its_default_address_as_fallback(text):
    assert check(zipped(of_script(text)), REAL).files


def test_a_build_by_vite_without_the_address_is_refused():
    found = refused(of_script(DEFAULT), REAL)
    assert "default address of a build without" in found and "never calls the API" in found


@pytest.mark.parametrize("text", [BAKED, PRODUCT])
def test_a_password_baked_into_a_build_by_vite_is_found_one_step_away(text):
    found = refused(of_script(text), REAL)
    assert "a literal that goes under a name for secrets" in found and "Canary" not in found


@pytest.mark.parametrize(
    ("text", "refused_for"),
    [
        (f'a="{OWN}",b={{api:"http://localhost:8000"}}', "default address"),
        (f'a="{OWN}";fetch("http://localhost:8000/x")', "default address"),
        (f'b=c??"http://localhost:8000",a="{OWN}"', "default address"),
        (f'a="{OWN}",b=a||"http://localhost:8000"', ""),
        (f'a="{OWN}",b=a!=null?a:"http://localhost:8000"', ""),
        (f'a="{OWN}",b=a ?? ("http://localhost:8000")', ""),
    ],
)
def test_only_what_stands_in_for_the_own_address_is_a_fallback(text, refused_for):
    found = allowed_origins.find_foreign("a.js", text, OWN, {})
    assert [refused_for in str(one) for one in found] == ([True] if refused_for else [])


def test_no_excerpt_shows_a_letter_of_a_secret_beside_it():
    text = (
        f'PA="Canary-Pw-7391",b="http://localhost:8000",q="tr0ub4dor&3",x={{password:PA}},y="{OWN}"'
    )
    found = refused(of_script(text), BundleRules(OWN, secrets={"TOKEN": "tr0ub4dor&3"}))
    assert "default address" in found
    for part in ("Canary", "Ca…", "7391", "tr0ub", "dor&3"):
        assert part not in found


@pytest.mark.parametrize(
    "text",
    [
        'l="btn1 x";function f(){const l=g();return{password:l}}',
        "x={password:void 0,secret:null}",
        'e="label2";x={password:e.value,secret:e()}',
    ],
)
def test_an_identifier_that_is_no_literal_where_it_is_used_is_taken(text):
    assert secrets.find_secrets("a.js", text, {}) == []


SECRET = "Sommer2026!x"
CASES = [
    f'{{VITE_INSTRUCTOR_PASSWORD:"{SECRET}"}}',
    f'{{VITE_INSTRUCTOR_USERNAME:"ada",VITE_INSTRUCTOR_PASSWORD:`{SECRET}`}}',
    f'login("ada",{{instructorPassword:"{SECRET}"}})',
    f'{{user:"a",password:"{SECRET}"}}',
    f'const api_key = "{SECRET}"',
    "-----BEGIN RSA PRIVATE KEY-----\\nMIIEabcSommer2026",
    f'"postgresql://app:{SECRET}@10.0.0.1/db"',
    '"Basic YWRhOlNvbW1lcjIwMjY="',
    f'btoa("ada:{SECRET}")',
    '"sk-proj-abcdefghijABCDEFGHIJ0123456789"',
    '"AKIAABCDEFGHIJKLMNOP"',
    '"ghp_abcdefghijABCDEFGHIJ0123456789abcdefAB"',
    '"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"',
]


@pytest.mark.parametrize("text", CASES)
def test_what_looks_like_a_secret_is_told_and_never_shown(text):
    found = refused(with_script(f"x({text})"))
    assert "line 2" in found and "change the secret" in found
    assert (
        SECRET not in found
        and "Sommer2026" not in found
        and "ABCDEFGHIJ" not in found
        and "dozjgNryP4" not in found
    )


@pytest.mark.parametrize(
    "text",
    [
        'input({type:"password",name:"password",placeholder:"Password"})',
        'password:"Password must not be empty"',
        'var ReactPropTypesSecret="SECRET_DO_NOT_PASS_THIS_OR_YOU_WILL_BE_FIRED"',
        'secret:"${process.env.X1}"',
        'token:"abc123"',
        'passwordUrl:"https://help.example.com/reset1"',
        'password:""',
        '"https://api.dev.example.com/users/1"',
        "sk-chasing-dot-before-animation-1",
        "background:url(data:image/png;base64,iVBORw0KGgo1)",
    ],
)
def test_what_only_speaks_of_secrets_is_taken(text):
    assert check(zipped(with_script(f"x({text})"))).files


def test_the_environments_own_secrets_are_known_by_value():
    rules = BundleRules(API, secrets={"INSTRUCTOR_PASSWORD": "tr0ub4dor&3", "SHORT": "abc"})
    found = refused(with_script('const a="abc",q="tr0ub4dor&3";'), rules)
    assert (
        "the environment's secret INSTRUCTOR_PASSWORD" in found
        and "tr0ub4dor" not in found
        and "SHORT" not in found
    )
    assert "tr0ub4dor" not in repr(rules)


def test_everything_wrong_is_told_at_once_and_no_more_than_can_be_read():
    content = build(**{f"x{number}.php": b"x" for number in range(40)})
    found = refused(content)
    assert "x0.php" in found and "… and 20 more" in found


def test_a_long_text_without_line_ends_is_read_in_no_time():
    text = "eyJ" * 200_000 + "password" * 20_000 + "VITE_" + "A" * 200_000
    assert secrets.find_secrets("a.js", text, {}) == []


def test_the_text_of_findings_never_has_a_line_end():
    with pytest.raises(UnfitBundle) as caught:
        check(zip_with("a\r\nSet-Cookie: x.js"))
    assert "\n" not in str(caught.value) and "\r" not in str(caught.value)
