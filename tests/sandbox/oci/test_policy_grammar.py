"""Statements and matching rules are read or refused; nothing in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.oci.iam import conditions, dynamic_groups, grammar

HERE = "in compartment id ocid1.compartment.oc1..c"
VOCABULARY = """allow group dynamic-group service any-user id to manage use read in tenancy where
any compartment all { } ( ) , = != 'a' /a*/ buckets target.bucket.name not before ocid1.x.oc1..y"""
WORDS = st.sampled_from(VOCABULARY.split())
NAMES = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True)
VALUES = st.one_of(NAMES.map(lambda name: f"'{name}'"), NAMES.map(lambda name: f"/{name}*/"))
COMPARED = st.builds(
    lambda name, sign, value: f"target.{name} {sign} {value}",
    NAMES,
    st.sampled_from(["=", "!="]),
    VALUES,
)
CONDITIONS = st.recursive(
    COMPARED,
    lambda inner: st.builds(
        lambda word, parts: f"{word} {{{', '.join(parts)}}}",
        st.sampled_from(["any", "all"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
SUBJECTS = st.one_of(
    st.just("any-user"),
    st.just("any-group"),
    NAMES.map(lambda name: f"group {name}"),
    NAMES.map(lambda name: f"dynamic-group 'Default'/'{name}'"),
    NAMES.map(lambda name: f"group id ocid1.group.oc1..{name}"),
)
ACTS = st.sampled_from(["manage buckets", "read secret-family", "{BUCKET_READ, OBJECT_READ}"])
PLACES = st.sampled_from(["tenancy", "compartment a:b", "compartment id ocid1.compartment.oc1..c"])


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    for reader in (grammar.parse, grammar.parse_rule):
        try:
            reader(text)
        except grammar.GrammarError:
            continue


@given(SUBJECTS, ACTS, PLACES, st.none() | CONDITIONS)
def test_a_statement_that_is_printed_reads_the_same(subject, act, place, condition):
    where = f" where {condition}" if condition else ""
    found = grammar.parse(f"Allow {subject} to {act} in {place}{where}")
    assert found == grammar.parse(str(found))


@pytest.mark.parametrize(
    "text",
    [
        "Allow group to manage buckets in tenancy",
        "Allow group a to own buckets in tenancy",
        "Allow group a to manage buckets",
        "Allow group a to manage buckets in tenancy where",
        "Allow group a to manage buckets in tenancy where any {}",
        "Allow group a to manage buckets in tenancy where a = 'b' c = 'd'",
        "Allow group id nonsense to manage buckets in tenancy",
        "Permit group a to manage buckets in tenancy",
        "",
    ],
)
def test_what_is_no_statement_is_refused(text):
    with pytest.raises(grammar.GrammarError):
        grammar.parse(text)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("target.bucket.name = 'UPLOADS'", True),
        ("target.bucket.name != 'uploads'", False),
        ("target.bucket.name = /up*/", True),
        ("target.bucket.name = /*loads/", True),
        ("target.bucket.name = /*plo*/", True),
        ("target.bucket.name = /x*/", False),
        ("target.secret.id != 'x'", False),  # the variable has no value: never true
        ("all {target.bucket.name = 'uploads', any {a.b = 'c', request.permission = 'P'}}", True),
        ("all {target.bucket.name = 'uploads', any {a.b = 'c', request.permission = 'Q'}}", False),
        ("target.bucket.name in ('exports', 'uploads')", True),
        ("request.utc-timestamp before '2030-01-01T00:00Z'", False),
    ],
)
def test_a_condition_is_true_only_for_values_that_the_call_has(condition, expected):
    statement = grammar.parse(f"Allow group a to manage buckets {HERE} where {condition}")
    known = {"target.bucket.name": ("uploads",), "request.permission": ("P",)}
    assert conditions.holds(statement.condition, known.get) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("resource.type = 'computecontainerinstance'", True),
        ("all {resource.type = 'computecontainerinstance', resource.compartment.id = 'c'}", True),
        ("all {resource.type = 'computecontainerinstance', resource.compartment.id = 'd'}", False),
        ("any {resource.id = 'x', all {tag.app.role.value = 'api', tag.app.role.value}}", True),
        ("tag.app.team.value", False),
        ("instance.compartment.id = 'c'", False),  # a container is no virtual machine
        ("any {}", False),
    ],
)
def test_a_matching_rule_fits_type_compartment_and_defined_tags(rule, expected):
    container = "ocid1.computecontainerinstance.oc1.iad.x"
    lookup = dynamic_groups.facts(container, "c", {"app": {"role": "api"}})
    assert dynamic_groups.matches(rule, lookup) is expected
