"""One person, one key, however the number is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import canonical_key, variants

SAME = [
    ("+5511987654321", "+551187654321"),
    ("+5215512345678", "+525512345678"),
    ("+5491123456789", "+541123456789"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_one_key(one, other):
    assert canonical_key(one) == canonical_key(other)
    assert set(variants(one)) == set(variants(other)) == {one, other}


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_spelling_that_was_used_comes_first(one, other):
    assert variants(one)[0] == one
    assert variants(other)[0] == other


@pytest.mark.parametrize("landline", ["+551132654321", "+552133445566", "+554832223344"])
def test_a_brazilian_landline_gains_no_nine(landline):
    assert canonical_key(landline) == landline
    assert variants(landline) == [landline]


def test_a_brazilian_mobile_that_without_its_nine_would_be_a_landline_keeps_it():
    assert canonical_key("+5511932654321") == "+5511932654321"
    assert variants("+5511932654321") == ["+5511932654321"]


@pytest.mark.parametrize("number", ["+31612345678", "+14155550123", "+9715", "US.1349", "", "+", "hello"])
def test_elsewhere_a_number_is_its_own_key(number):
    assert canonical_key(number) == number
    assert variants(number) == [number]


countries = st.sampled_from(["55", "5511", "52", "521", "54", "549", "54911", "31", ""])


@given(countries, st.text(alphabet="0123456789", max_size=12))
def test_every_variant_has_the_same_key(country, rest):
    number = f"+{country}{rest}"
    key = canonical_key(number)
    assert canonical_key(key) == key
    for variant in variants(number):
        assert canonical_key(variant) == key
        assert set(variants(variant)) == set(variants(number))
