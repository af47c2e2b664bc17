"""A cell that a spreadsheet would run starts with an apostrophe."""

import pytest

from portal.lib.csv_cells import safe_cell


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@cmd", "  =1", "\t=1", "＝1"])
def test_a_formula_is_marked(value):
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "bucket", "a=b", "ocid1.bucket", "'=1"])
def test_plain_text_stays(value):
    assert safe_cell(value) == value
