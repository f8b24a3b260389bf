"""What every form of the portal promises: errors that help, limits that hold, nothing lost."""

from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from cpts_portal.core.forms import (
    BirthDayField,
    DayField,
    PhoneField,
    PortalForm,
    PostalCodeField,
    with_hint,
)


class VisitForm(PortalForm):
    town = forms.ChoiceField(
        label="Votre commune",
        choices=[("laventie", "Laventie"), ("other", with_hint("Une autre", "Nous vous aidons"))],
        widget=forms.RadioSelect,
    )
    born_on = BirthDayField(label="Date de naissance", help_text="Par exemple 27 3 1948")
    phone = PhoneField(label="Téléphone", required=False)
    note = forms.CharField(label="Précisions", max_length=20, required=False)
    agreed = forms.BooleanField(label="J’accepte")


def visit(**changes):
    typed = {
        "town": "laventie",
        "born_on_day": "27",
        "born_on_month": "3",
        "born_on_year": "1948",
        "agreed": "on",
    }
    return VisitForm({**typed, **changes})


@pytest.mark.parametrize(
    ("day", "month", "year"), [("3", "9", "1950"), ("03", "09", "1950"), (" 3", "9 ", " 1950 ")]
)
def test_day_field_accepts_one_or_two_digits(day, month, year):
    assert DayField().clean([day, month, year]) == date(1950, 9, 3)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (["", "", ""], "required"),
        (["3", "", "1950"], "incomplete"),
        (["3", "mars", "1950"], "digits"),
        (["3", "9", "9" * 5000], "digits"),
        (["3", "9", "1950\0"], "digits"),
        (["-3", "9", "1950"], "digits"),
        (["3", "9", "50"], "year"),
        (["31", "2", "1950"], "unreal"),
        (["0", "0", "0000"], "unreal"),
    ],
)
def test_day_field_says_which_part_to_mend(typed, code):
    with pytest.raises(ValidationError) as refusal:
        DayField().clean(typed)

    assert refusal.value.code == code


@pytest.mark.parametrize(("year", "code"), [("1899", "early"), ("2999", "late")])
def test_birth_day_is_that_of_a_living_person(year, code):
    with pytest.raises(ValidationError) as refusal:
        BirthDayField().clean(["1", "1", year])

    assert refusal.value.code == code


def test_optional_day_field_is_none_when_empty():
    assert DayField(required=False).clean(["", "", ""]) is None
    assert DayField(required=False).clean(None) is None


def test_day_field_compares_what_was_typed_with_the_day_it_means():
    field = DayField()

    assert field.has_changed(date(1950, 9, 3), ["03", "9", "1950"]) is False
    assert field.has_changed(date(1950, 9, 3), ["4", "9", "1950"]) is True
    assert field.has_changed(date(1950, 9, 3), ["x", "9", "1950"]) is True


def test_day_field_is_drawn_as_three_labelled_numeric_boxes():
    html = VisitForm(initial={"born_on": "1948-03-27"})["born_on"].as_field_group()

    assert html.count('inputmode="numeric"') == 3
    for label, target in (("Jour", "0"), ("Mois", "1"), ("Année", "2")):
        assert f'<label class="label" for="id_born_on_{target}">{label}</label>' in html
    for part, value in (("day", "27"), ("month", "3"), ("year", "1948")):
        assert f'name="born_on_{part}" value="{value}"' in html
        assert f'autocomplete="bday-{part}"' in html


def test_valid_form_gives_clean_values():
    form = visit(phone="06 39 98 12 34")

    assert form.is_valid()
    assert form.cleaned_data["born_on"] == date(1948, 3, 27)
    assert form.cleaned_data["phone"] == "+33639981234"
    assert form.error_summary == []


def test_error_summary_lists_the_first_input_of_each_field_in_order():
    form = VisitForm(QueryDict(""))

    assert [target for target, _message in form.error_summary] == [
        "id_town_0",
        "id_born_on_0",
        "id_agreed",
    ]


def test_error_summary_shows_errors_of_the_whole_form_without_a_target():
    form = visit()
    form.add_error(None, "Ces deux réponses se contredisent.")

    assert form.error_summary == [("", "Ces deux réponses se contredisent.")]


def test_field_ties_hint_and_error_to_its_input():
    form = visit(born_on_year="48")

    html = form["born_on"].as_field_group()

    assert 'aria-describedby="id_born_on_helptext id_born_on_error"' in html
    assert 'id="id_born_on_helptext"' in html
    assert 'id="id_born_on_error"' in html
    assert html.count('aria-invalid="true"') == 3


def test_refused_form_shows_again_what_was_typed():
    form = visit(phone="12 34", note="Sonnez deux fois au portail bleu")

    html = form.render()

    assert 'value="12 34"' in html
    assert 'value="Sonnez deux fois au portail bleu"' in html
    assert 'value="laventie" id="id_town_0" checked' in html.replace(" aria-invalid", "")


def test_too_long_text_is_refused_in_plain_french():
    form = visit(note="a" * 10_000)

    assert form.errors["note"] == [
        "C’est trop long\u00a0: 20 caractères au plus, vous en avez écrit 10000."
    ]


def test_text_without_a_limit_of_its_own_still_has_one():
    class NoteForm(PortalForm):
        text = forms.CharField(widget=forms.Textarea)

    assert NoteForm({"text": "é" * 2000}).is_valid()
    assert NoteForm({"text": "é" * 2001}).errors.as_data()["text"][0].code == "max_length"


def test_nul_characters_are_refused():
    form = visit(note="a\0b", town="laventie\0")

    assert form.errors["note"] == ["Ce texte contient un caractère illisible\u00a0: effacez-le."]
    assert "town" in form.errors


def test_choice_is_a_card_with_its_hint():
    html = visit()["town"].as_field_group()

    assert html.count('class="choice"') == 2
    assert "Une autre <small>Nous vous aidons</small>" in html


def test_choice_hint_is_escaped():
    class HostileForm(PortalForm):
        kind = forms.ChoiceField(
            choices=[("a", with_hint("<b>", "<script>"))], widget=forms.RadioSelect
        )

    assert "&lt;b&gt; <small>&lt;script&gt;</small>" in HostileForm()["kind"].as_field_group()


def test_optional_field_says_so_and_no_field_asks_the_browser():
    html = VisitForm().render()

    assert html.count("(facultatif)") == 2
    assert "required" not in html


def test_plain_django_form_wears_the_look_without_its_placeholders():
    class ForeignForm(forms.Form):
        login = forms.CharField(
            label="Identifiant", widget=forms.TextInput({"placeholder": "Identifiant"})
        )

    html = ForeignForm()["login"].as_field_group()

    assert 'class="input"' in html
    assert "placeholder" not in html


def test_portal_form_keeps_its_own_placeholder():
    class SearchForm(PortalForm):
        text = forms.CharField(widget=forms.TextInput({"placeholder": "Nom, commune"}))

    assert 'placeholder="Nom, commune"' in SearchForm()["text"].as_field_group()


@pytest.mark.parametrize("typed", ["62840", " 62 840 "])
def test_postal_code_forgives_spaces(typed):
    assert PostalCodeField().clean(typed) == "62840"


@pytest.mark.parametrize("typed", ["6284", "628400", "ABCDE", "٦٢٨٤٠"])
def test_postal_code_has_five_digits(typed):
    with pytest.raises(ValidationError, match="5 chiffres"):
        PostalCodeField().clean(typed)


def test_phone_shows_a_stored_number_as_people_write_it():
    assert PhoneField().prepare_value("+33639981234") == "06\u00a039\u00a098\u00a012\u00a034"
    assert PhoneField().prepare_value("06 39") == "06 39"
