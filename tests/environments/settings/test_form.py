"""An admin edits settings field by field: empty means the default, and what breaks a rule is
told at its field.
"""

import pytest

from environments.admin.settings_form import EnvironmentForm, to_text, to_value
from environments.models import Environment
from environments.settings.schema import SETTINGS
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db
NETWORK = {
    "vcn_cidr": "10.40.0.0/16",
    "public_subnet_cidr": "10.40.0.0/24",
    "private_subnet_cidr": "10.40.10.0/24",
}


@pytest.fixture
def dev():
    return Environment.objects.create(
        slug="dev",
        name="Development",
        position=1,
        owner="team",
        cost_center="c1",
        settings={"listener_port": 8443},
    )


def posted(environment, **changes):
    return EnvironmentForm({**initial(environment), **changes}, instance=environment)


def test_every_setting_has_a_field_that_tells_its_meaning_and_default():
    form = EnvironmentForm(instance=Environment())
    for name, rule in SETTINGS.items():
        assert rule.meaning in form.fields[f"setting_{name}"].help_text
        assert "Default: " in form.fields[f"setting_{name}"].help_text


def test_an_unchanged_form_keeps_exactly_what_was_stored(dev):
    form = posted(dev)
    assert form.is_valid(), form.errors
    assert form.values == {"listener_port": 8443}


def test_an_emptied_field_goes_back_to_the_default(dev):
    form = posted(dev, setting_listener_port="")
    assert form.is_valid(), form.errors
    assert form.values == {}


def test_a_broken_rule_is_told_at_its_field_and_nothing_is_saved(dev):
    form = posted(dev, setting_vcn_cidr="10.20.0.1/16", setting_api_instances="0")
    assert not form.is_valid()
    assert "must be an IPv4 network" in form.errors["setting_vcn_cidr"][0]
    assert "from 1 to 20" in form.errors["setting_api_instances"][0]
    assert dev.settings == {"listener_port": 8443}


def test_what_several_settings_break_together_is_told_at_the_one_to_change(dev):
    form = posted(dev, setting_private_subnet_cidr="10.20.0.0/25")
    assert "must not overlap" in form.errors["setting_private_subnet_cidr"][0]


def test_a_change_by_somebody_else_is_not_overwritten(dev):
    form = posted(dev, setting_api_instances="3")
    Environment.objects.filter(pk=dev.pk).update(settings={"listener_port": 9000})
    assert not form.is_valid()
    assert "Somebody else changed these settings" in str(form.errors)


@pytest.mark.parametrize("name", list(SETTINGS))
def test_a_default_survives_being_shown_and_typed_again(name):
    rule = SETTINGS[name]
    for value in {1: rule.default, 2: rule.stage, 3: rule.prod}.values():
        if value not in (None, "", [], {}):
            assert to_value(rule, to_text(value)) == value


def test_a_list_takes_one_item_a_line():
    rule = SETTINGS["cors_allowed_origins"]
    assert to_value(rule, "https://a.example\n\n  https://b.example ") == [
        "https://a.example",
        "https://b.example",
    ]


def test_the_page_shows_the_naming_convention(client, cast, dev):
    page = sign_in(client, cast.admin).get(f"/admin/environments/environment/{dev.pk}/change/")
    assert "conceptlens-dev-frontend-static" in page.text
    assert "conceptlens-dev/api" in page.text


@pytest.fixture
def prod():
    return Environment.objects.create(
        slug="prod", name="Production", position=3, owner="team", cost_center="c1", settings=NETWORK
    )


def test_the_defaults_of_prod_decide_what_fits_in_prod(client, cast, prod):
    sign_in(client, cast.admin)
    form = initial(prod)
    address = f"/admin/environments/environment/{prod.pk}/change/"
    page = client.post(address, {**form, "setting_backups_days": "20"})
    assert page.status_code == 200
    assert "20 must be more than backups_keep_days 30" in page.text
    assert (
        "backups_days" in posted(prod, setting_backups_days="20").errors["setting_backups_days"][0]
    )


def test_the_network_of_another_environment_is_refused_at_its_field(client, cast, dev, prod):
    form = posted(prod, setting_vcn_cidr="10.20.0.0/16")
    assert "must not overlap '10.20.0.0/16' of dev" in form.errors["setting_vcn_cidr"][0]
    sign_in(client, cast.admin)
    answer = client.post(
        f"/admin/environments/environment/{prod.pk}/change/",
        {**initial(prod), "setting_vcn_cidr": "10.20.0.0/16"},
    )
    assert answer.status_code == 200 and "must not overlap" in answer.text


def test_what_was_stored_before_does_not_stand_in_the_way_of_a_correction(prod):
    Environment.objects.filter(pk=prod.pk).update(settings={**NETWORK, "backups_days": 20})
    prod.refresh_from_db()
    form = posted(prod, setting_backups_days="400")
    assert form.is_valid(), form.errors


def initial(environment):
    form = EnvironmentForm(instance=environment)
    plain = {name: form.initial.get(name, form.fields[name].initial) for name in form.fields}
    return {name: "" if value is None else value for name, value in plain.items()}


@pytest.mark.parametrize(("compartment", "offered"), [("", True), ("ocid1.compartment.dev", False)])
def test_what_names_and_places_are_made_of_is_fixed_once_it_exists(
    client, cast, dev, compartment, offered
):
    Environment.objects.filter(pk=dev.pk).update(compartment_ocid=compartment)
    sign_in(client, cast.admin)
    page = client.get(f"/admin/environments/environment/{dev.pk}/change/").text
    for name in ("slug", "prefix", "position", "home_region"):
        assert (f'name="{name}"' in page) is offered, name


@pytest.mark.parametrize(
    "prefix", ["ConceptLens", "concept lens", "a/b", "über", "-x", "x-", "a--b", "1x", "x\n"]
)
def test_a_prefix_that_no_image_can_be_pushed_to_is_told_at_its_field(dev, prefix):
    form = posted(dev, prefix=prefix)
    if prefix.strip() == "x":  # forms strip what surrounds a text
        assert form.is_valid()
    else:
        assert "small letters, digits and single hyphens" in form.errors["prefix"][0]


@pytest.mark.parametrize("prefix", ["conceptlens", "lab2-lens", "x"])
def test_a_prefix_of_small_letters_digits_and_hyphens_is_taken(dev, prefix):
    assert posted(dev, prefix=prefix).is_valid()


@pytest.mark.parametrize("field", ["owner", "cost_center"])
def test_a_tag_variable_is_told_at_its_field(dev, field):
    form = posted(dev, **{field: "${iam.principal.name}"})
    assert "OCI replaces" in form.errors[field][0]
