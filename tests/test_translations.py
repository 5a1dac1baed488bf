"""Every text of the product is translated into every language that the add-ons have."""

import re

import polib
import pytest

from tests.lib import environment as env
from tools import i18n

LANGUAGES = [(addon, path.stem) for addon, paths in i18n.translations().items() for path in paths]


@pytest.fixture(scope="module")
def texts(cluster):
    """The texts of each add-on, as Odoo's exporter finds them now."""
    return i18n.exported()


def translation(addon, language):
    return i18n.read(env.ROOT / addon / "i18n" / f"{language}.po")


def test_each_add_on_has_dutch():
    assert [addon for addon, language in LANGUAGES if language == "nl"] == i18n.with_texts()


def test_bridges_without_translations_have_no_texts():
    """Whoever gives one a text gives it a folder `i18n` and runs `make i18n`."""
    for addon in set(env.bridges()).difference(i18n.with_texts()):
        for path in (env.ROOT / addon).rglob("*"):
            assert path.suffix not in (".xml", ".js", ".csv"), path
            if path.suffix == ".py" and "tests" not in path.parts:
                assert not re.search(r"\b_t?\(|string=|fields\.", path.read_text()), path


@pytest.mark.parametrize(("addon", "language"), LANGUAGES)
def test_translation_is_complete(texts, addon, language):
    assert len(texts[addon]), "the export found nothing"
    lacking = i18n.problems(texts[addon], translation(addon, language))
    assert not lacking, "`make i18n`, and translate: " + "\n".join(lacking)


@pytest.mark.parametrize("addon", i18n.with_texts())
def test_template_is_what_the_export_finds(texts, addon):
    kept = i18n.read(i18n.template_path(addon))
    assert {entry.msgid for entry in kept} == {entry.msgid for entry in texts[addon]}, "`make i18n`"


def test_each_kind_of_text_is_found(texts):
    """One text of each place where texts are: a new kind that the export misses would go unnoticed."""
    found = {entry.msgid for addon in texts for entry in texts[addon]}
    assert found >= {
        "Waiting for Customer",  # selection
        "Snooze",  # template of the client
        "Tomorrow morning",  # JavaScript
        "Choose a time in the future.",  # Python
        "Nothing written yet",  # view
        "Customer Service",  # data
        "WhatsApp is overloaded.",  # wire, which has no Odoo
    }


# -- what the check itself sees ---------------------------------------------


def po(**entries):
    made = polib.POFile()
    for msgid, msgstr in entries.items():
        made.append(polib.POEntry(msgid=msgid.replace("_", " "), msgstr=msgstr))
    return made


def test_what_is_wrong_with_a_translation_is_said():
    texts, right = po(One="", Two="", Three=""), dict(One="Een", Two="Twee", Three="Drie")
    assert not i18n.problems(texts, po(**right))
    assert i18n.problems(texts, po(One="Een", Two="Twee")) == ["missing: 'Three'"]
    assert i18n.problems(texts, po(**right | {"Two": " "})) == ["untranslated: 'Two'"]
    assert i18n.problems(texts, po(**right, Four="Vier")) == ["no longer a text: 'Four'"]
    doubtful, gone = po(**right), po(**right)
    doubtful[0].flags.append("fuzzy")
    assert i18n.problems(texts, doubtful) == ["doubtful (fuzzy): 'One'"]
    gone.append(polib.POEntry(msgid="Zero", msgstr="Nul", obsolete=True))
    assert i18n.problems(texts, gone) == ["obsolete: 'Zero'"]


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("%s of %s", "%s", "%s van %s"),
        ("%(a)s by %(b)s", "%(a)s door %(c)s", "door %(b)s: %(a)s"),
        ("Press <i>Go</i>", "Druk op Ga", "Druk op <i>Ga</i>"),
        ('<i class="x" title="Go"/>', '<i class="y" title="Ga"/>', '<i class="x" title="Ga"/>'),
        ("Order {order}", "Order {bestelling}", "Order {order}"),
        (" after", "na", " na"),
    ],
)
def test_what_a_translation_must_repeat(text, wrong, right):
    texts = [polib.POEntry(msgid=text)]

    def translated(msgstr):
        made = polib.POFile()
        made.append(polib.POEntry(msgid=text, msgstr=msgstr))
        return i18n.problems(texts, made)

    assert translated(wrong)
    assert not translated(right)


def test_merge_keeps_translations_and_drops_what_is_gone():
    old = po(One="Een", Gone="Weg", Doubtful="Twijfel")
    old[2].flags.append("fuzzy")
    new = i18n.merge(po(One="", New="", Doubtful=""), old)
    assert {entry.msgid: entry.msgstr for entry in new} == {"One": "Een", "New": "", "Doubtful": ""}
    assert not new.obsolete_entries()
