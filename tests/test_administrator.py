"""What administrators do without developer mode: connect a number, switch a rule on, replay, relink."""

import pytest
import requests
from playwright.sync_api import expect

from emulators.whatsapp.process import EmulatorProcess
from tests.lib import environment as env
from tests.lib.number import BUSINESS, SECRET, Number, text
from tests.lib.people import make_manager
from tests.lib.waiting import wait_for

ACCOUNT = "106540352249999"
SAYS = ".o_error_dialog, .modal-content, .o_notification"


@pytest.fixture(scope="module")
def phones():
    with EmulatorProcess() as emulator:
        emulator.client.add_account(waba_id=BUSINESS, token="the token", app_secret=SECRET)
        emulator.client.add_number(BUSINESS, "+31 20 765 4321", id=ACCOUNT, verified_name="Fietshuis")
        yield emulator


def fill(page, name, value):
    page.locator(f".o_field_widget[name={name}] input").fill(value)


def test_connection(page):
    """Press *Test Connection* and return what it says."""
    page.locator("button[name=action_test_connection]").click()
    said = page.locator(SAYS).last
    said.wait_for()
    words = said.inner_text()
    close = page.locator(".modal-footer .btn-primary, .o_notification_close").last
    close.click()
    page.locator(SAYS).first.wait_for(state="detached")
    return words


test_connection.__test__ = False


def test_connect_a_number(odoo, phones, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/new")
    page.locator(".o_field_widget[name=name] input").fill("Our number")
    choose_type(page)
    for name, value in (
        ("whatsapp_phone_number_id", "1"),
        ("whatsapp_business_account_id", BUSINESS),
        ("whatsapp_api_url", f"http://127.0.0.1:{env.free_port()}"),
    ):
        fill(page, name, value)
    page.locator(".o_form_button_save").click()
    page.locator(".o_field_widget[name=whatsapp_verify_token]").wait_for()
    screenshot(page, "channel-new")
    # What is missing or wrong, one after the other, as a newcomer meets it.
    assert "Fill in the Access Token first." in test_connection(page)
    fill(page, "whatsapp_token", "another token")
    assert "Fill in the App Secret first." in test_connection(page)
    fill(page, "whatsapp_app_secret", SECRET)
    unreachable = test_connection(page)
    assert "cannot be reached" in unreachable
    assert "may this server reach it?" in unreachable
    fill(page, "whatsapp_api_url", phones.url)
    assert "The access token is wrong or expired" in test_connection(page)
    fill(page, "whatsapp_token", "the token")
    assert "finds nothing under this Phone Number ID" in test_connection(page)
    fill(page, "whatsapp_phone_number_id", ACCOUNT)
    fill(page, "whatsapp_business_account_id", "404")
    assert "finds nothing under this Business Account ID" in test_connection(page)
    fill(page, "whatsapp_business_account_id", BUSINESS)
    assert "WhatsApp answers as" in test_connection(page)
    expect(page.locator(".o_arrow_button_current")).to_have_text("Connected")
    page.locator("button[name=action_whatsapp_sync_templates]").click()
    expect(page.locator(".o_stat_value").last).not_to_have_text("0")
    screenshot(page, "channel-connected")
    meta_verifies_the_callback(page, odoo)


def choose_type(page):
    """The channel's type is chosen from a list."""
    field = page.locator(".o_field_widget[name=channel_type]")
    if field.locator("select").count():
        field.locator("select").select_option(label="WhatsApp")
    else:
        field.locator("input").click()
        page.locator(".o_select_menu_item:has-text('WhatsApp')").click()
    page.locator(".o_field_widget[name=whatsapp_phone_number_id]").wait_for()


def meta_verifies_the_callback(page, odoo):
    """What the form shows for Meta is what Meta needs: address and token, both to be copied."""
    expect(page.locator('.o_form_label:has-text("Callback URL")')).to_be_visible()
    address = page.locator(".o_field_widget[name=webhook_url]").inner_text().strip()
    token = page.locator(".o_field_widget[name=whatsapp_verify_token]").inner_text().strip()
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    path = address[address.index("/omnichannel/") :]
    answer = requests.get(odoo.url + path, params=query, timeout=20)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    refused = requests.get(odoo.url + path, params={**query, "hub.verify_token": "x"}, timeout=20)
    assert refused.status_code == 403


def test_secrets_are_for_system_administrators(odoo, sign_in, screenshot):
    """An administrator of Omnichannel alone is told whom to ask, and sees none."""
    rpc = odoo.rpc()
    make_manager(rpc)
    number = Number(odoo, whatsapp_token="")
    page = sign_in("mia")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{number.channel_id}")
    page.locator(".o_omnichannel_no_secrets").wait_for()
    for name in ("whatsapp_token", "whatsapp_app_secret", "whatsapp_verify_token", "webhook_url"):
        assert not page.locator(f".o_field_widget[name={name}]").count()
    words = test_connection(page)
    assert "Only an administrator of the whole system can enter it." in words
    screenshot(page, "channel-manager")


def save_settings(page):
    """Saved settings load the page anew by themselves. Whatever comes meanwhile, closing it too, may hang."""
    page.evaluate("window.isBefore = true")
    page.locator(".o_form_button_save").click()
    page.wait_for_function("!window.isBefore")
    page.wait_for_load_state()


def test_first_rule_in_settings(odoo, sign_in, screenshot):
    """Switched on in Settings; trigger, condition and actions are one click away."""
    rpc = odoo.rpc()
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/action-omnichannel_inbox.res_config_settings_action")
    page.get_by_label("When an order is confirmed, open a ticket").check()
    screenshot(page, "settings")
    save_settings(page)
    wait_for(lambda: rpc("omnichannel.rule", "search_count", []) == 1, what="the rule being on")
    page.goto(f"{odoo.url}/odoo/action-omnichannel_inbox.res_config_settings_action", timeout=90_000)
    box = page.get_by_label("When an order is confirmed, open a ticket")
    expect(box).to_be_checked()
    page.locator("button[name=action_omnichannel_order_rule]").click()
    for label in ("When", "Its ticket, if there is none yet", "Only if", "Then"):
        page.locator(f'.o_horizontal_separator:has-text("{label}")').first.wait_for()
    screenshot(page, "rule-form")
    page.go_back()
    expect(box).to_be_checked()
    box.uncheck()
    save_settings(page)
    wait_for(lambda: rpc("omnichannel.rule", "search_count", []) == 0, what="the rule being off")


def test_replay_one_and_many(odoo, sign_in, screenshot):
    number = Number(odoo)
    for body in (b"not JSON 1", b"not JSON 2", b"not JSON 3"):
        assert number.post(body).status_code == 200
    state = "SELECT count(*) FROM omnichannel_event WHERE channel_id = %s AND state = %s"
    wait_for(lambda: odoo.sql(state, [number.channel_id, "dead"]) == [(3,)], 60, what="three dead letters")
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-dead-letters")
    page.locator(".o_data_row").nth(2).wait_for()
    screenshot(page, "dead-letters")
    page.locator(".o_data_row .o_data_cell").nth(1).click()
    page.locator('.o_field_widget[name=body_text]:has-text("not JSON")').wait_for()
    screenshot(page, "dead-letter")
    attempts = "UPDATE omnichannel_event SET reason = 'seen' WHERE channel_id = %s"
    odoo.sql(attempts, [number.channel_id])
    page.locator("button[name=action_replay]").click()
    page.locator(".modal-footer .btn-primary").click()
    seen = "SELECT count(*) FROM omnichannel_event WHERE channel_id = %s AND reason = 'seen'"
    wait_for(lambda: odoo.sql(seen, [number.channel_id]) == [(2,)], 60, what="one being worked again")
    page.goto(f"{odoo.url}/odoo/omnichannel-dead-letters")
    page.locator(".o_list_renderer thead input[type=checkbox]").check()
    page.locator("button[name=action_replay]").click()
    page.locator(".modal-footer .btn-primary").click()
    wait_for(lambda: odoo.sql(seen, [number.channel_id]) == [(0,)], 60, what="all being worked again")


def test_whose_address_it_is(odoo, sign_in, screenshot):
    """Create the customer, unlink, take it back; choose another and take that back: a click each."""
    number = Number(odoo)
    number.receive(text("31655500031"))
    rpc = odoo.rpc()
    [identity] = rpc("omnichannel.identity", "search", [["key", "=", "+31655500031"]])

    def customer():
        return rpc("omnichannel.identity", "read", [identity], ["partner_id"])[0]["partner_id"]

    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-addresses/{identity}")
    page.locator("button[name=action_create_partner]").click()
    first = wait_for(customer, what="the new customer")
    page.locator("button[name=action_unlink]").click()
    wait_for(lambda: not customer(), what="no customer")
    page.locator("button[name=action_undo_link]").click()
    wait_for(lambda: customer() == first, what="the customer again")
    page.locator('button:has-text("Correct Customer")').click()
    page.locator(".modal .o_field_widget[name=partner_id] input").fill("Azure")
    page.locator(".o-autocomplete--dropdown-item:has-text('Azure')").first.click()
    screenshot(page, "identity-correct")
    page.locator(".modal button[name=action_link]").click()
    wait_for(lambda: customer() != first, what="another customer")
    screenshot(page, "identity-corrected")
    page.locator("button[name=action_undo_link]").click()
    wait_for(lambda: customer() == first, what="the first customer again")
