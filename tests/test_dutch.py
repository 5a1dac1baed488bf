"""The inbox as an agent sees it who works in Dutch, while the database speaks English."""

import pytest

from emulators.whatsapp.process import EmulatorProcess
from tests.lib.number import BUSINESS, SECRET, Number

PHONE = "31655500077"


@pytest.fixture(scope="module")
def phones():
    with EmulatorProcess() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def number(odoo, phones):
    number = Number(odoo, whatsapp_api_url=phones.url)
    phones.client.add_account(waba_id=BUSINESS, token="token", app_secret=SECRET)
    phones.client.set_callback(BUSINESS, number.url, verify=False)
    phones.client.add_number(BUSINESS, "+31 20 123 4567", id=number.account)
    return number


@pytest.fixture(scope="module")
def dutch(odoo):
    """The login of an agent who works in Dutch."""
    rpc = odoo.rpc()
    [anna] = rpc("res.users", "search", [["login", "=", "anna"]])
    rpc("res.users", "write", [anna], {"lang": "nl_NL"})
    return "anna"


def has_text(page, selector, *texts):
    """Wait until each of these is shown in an element of that kind."""
    for text in texts:
        page.locator(f"{selector}:visible", has_text=text).first.wait_for()


def test_the_inbox_is_dutch(odoo, number, phones, dutch, sign_in, screenshot):
    phones.client.write(number.account, {"wa_id": PHONE, "name": "Jeroen"}, "Waar blijft het?")
    number.wait_until_worked()
    page = sign_in(dutch)
    page.goto(f"{odoo.url}/odoo/inbox")
    # The search panel: labels of a view and of a selection.
    has_text(
        page,
        ".o_search_panel",
        "Van mij",
        "Niet toegewezen",
        "Wachtend",
        "Bezorging",
        "Uitgesteld",
        "Kanalen",
    )
    has_text(page, ".o_omnichannel_empty", "Kies een gesprek")
    page.locator('.o_omnichannel_card:has-text("Jeroen")').click()
    page.locator('.o-mail-Message:has-text("Waar blijft het?")').wait_for()
    # Templates of the client …
    has_text(page, ".o_omnichannel_header button", "Aan mij toewijzen", "Uitstellen", "Sluiten")
    has_text(page, ".o_omnichannel_composer button", "Antwoord", "Notitie")
    # … its JavaScript …
    placeholder = page.locator(".o_omnichannel_composer_reply .o-mail-Composer-input").get_attribute(
        "placeholder"
    )
    assert placeholder == "Antwoord Jeroen…   :: voegt een standaardantwoord in"
    has_text(page, ".o_omnichannel_composer", "nog 23 u")
    page.locator(".o_omnichannel_snooze").click()
    has_text(page, ".o_omnichannel_snooze_menu", "Over 3 uur", "Volgende week", "Tot de klant schrijft")
    page.keyboard.press("Escape")
    screenshot(page, "dutch-inbox")


def test_what_whatsapp_refuses_is_told_in_dutch(odoo, number, phones, dutch, sign_in, screenshot):
    page = sign_in(dutch)
    page.goto(f"{odoo.url}/odoo/inbox")
    page.locator('.o_omnichannel_card:has-text("Jeroen")').click()
    phones.client.fail_next(kind="error", code=131026)
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-input").fill("Morgen in huis.")
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    message = page.locator('.o-mail-Message:has-text("Morgen in huis.")')
    message.locator('.o_omnichannel_tick[data-state="failed"]').wait_for(timeout=30_000)
    told = message.locator(".o_omnichannel_ticks").inner_text()
    assert "Niet verzonden: Het nummer zit niet op WhatsApp of kan dit bericht niet ontvangen." in told
    assert "Opnieuw proberen" in told
    screenshot(page, "dutch-error")
    # It is kept in the wire's English, for readers of any language.
    [state] = odoo.sql(
        "SELECT error_text FROM omnichannel_message WHERE state = 'failed' ORDER BY id DESC LIMIT 1"
    )
    assert state == ("The number is not on WhatsApp, or cannot receive this message.",)


def test_a_template_is_chosen_in_dutch(odoo, number, phones, dutch, sign_in, screenshot):
    # An answer leaves it waiting for the customer; who writes again is in the inbox again.
    phones.client.write(number.account, PHONE, "En hoe laat?")
    number.wait_until_worked()
    page = sign_in(dutch)
    page.goto(f"{odoo.url}/odoo/inbox")
    page.locator('.o_omnichannel_card:has-text("Jeroen")').click()
    page.locator(".o_omnichannel_templates").click()
    has_text(page, ".modal", "Sjabloon versturen", "Aan Jeroen", "Verzenden")
    has_text(page, ".modal", "Op dit kanaal is geen goedgekeurd sjabloon te verzenden")
    screenshot(page, "dutch-template")
