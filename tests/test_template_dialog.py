"""Approved templates: what may still be written when WhatsApp takes no free text any more."""

import time

import pytest
from playwright.sync_api import expect

from emulators.whatsapp.process import EmulatorProcess
from tests.lib.connected import connected_number

HOURS = 3600
CANNOT = ".o_omnichannel_cannot"
DIALOG = ".o_omnichannel_template_dialog"
PREVIEW = ".o_omnichannel_template_preview"


@pytest.fixture(scope="module")
def phones():
    with EmulatorProcess() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def number(odoo, phones):
    number = connected_number(odoo, phones)
    number.rpc("omnichannel.channel", "action_whatsapp_sync_templates", [number.channel_id])
    return number


@pytest.fixture
def late(odoo, number, phones, sign_in):
    """`late("Name", "31655500001")`: a page of Anna's with a conversation whose 24 hours are over."""

    def open_conversation(name, phone, login="anna", **options):
        phones.client.write(
            number.account, {"wa_id": phone, "name": name}, "Hello?", timestamp=time.time() - 30 * HOURS
        )
        page = sign_in(login, **options)
        page.goto(f"{odoo.url}/odoo/inbox")
        page.locator(f'.o_omnichannel_card:has-text("{name}")').click(timeout=30_000)
        page.locator(CANNOT).wait_for()
        return page

    # Demo's Anna reads Dutch; this test reads English.
    rpc = odoo.rpc()
    rpc("res.users", "write", rpc("res.users", "search", [["login", "=", "anna"]]), {"lang": "en_US"})
    return open_conversation


def choose(page, label):
    """Open the dialog and choose a template by its name and language."""
    page.locator(".o_omnichannel_templates").click()
    page.locator(".o_omnichannel_template_select").select_option(label=label)


def fill(page, **values):
    """Fill variables in: `fill(page, body_1="Wilma")`."""
    for key, value in values.items():
        page.locator(f'{DIALOG} [data-variable="{key.replace("_", ".", 1)}"]').fill(value)


def send(page):
    page.locator(".o_omnichannel_template_send").click()


def delivered(page, text):
    """Wait for the message with the ticks of a delivered one."""
    page.locator(f'.o-mail-Message:has-text("{text}") .o_omnichannel_tick[data-state="delivered"]').wait_for(
        timeout=30_000
    )


def last_template(phones):
    """What the provider was sent last."""
    return phones.client.sends()[-1]["payload"]["template"]


def test_window_closed_template_sent(phones, late, screenshot):
    before = len(phones.client.sends())
    page = late("Wilma Laat", "31655500021")
    assert "too long ago" in page.locator(CANNOT).inner_text()
    assert "template" in page.locator(CANNOT).inner_text()
    screenshot(page, "template-closed")
    choose(page, "order_update (en)")
    expect(page.locator(DIALOG)).to_contain_text("To Wilma Laat (+31655500021)")

    send(page)
    complaint = page.locator(".o_omnichannel_template_complaint")
    expect(complaint).to_have_text("Fill in these first: Header: Variable 1, Variable 1, Variable 2.")
    fill(page, header_1="S00021", body_1="Wilma", body_2="   ")
    send(page)
    expect(complaint).to_have_text("Fill in these first: Variable 2.")
    expect(page.locator(f'{DIALOG} [data-variable="body.2"]')).to_be_focused()
    expect(page.locator(PREVIEW)).to_contain_text("{{Variable 2}}")
    screenshot(page, "template-missing")
    assert len(phones.client.sends()) == before, "nothing left while something was missing"

    fill(page, body_2="it leaves today.")
    expect(page.locator(PREVIEW)).to_have_text(
        "Order S00021 Hello Wilma, there is news about your order: it leaves today. "
        "Answer this message to reach us."
    )
    screenshot(page, "template-preview")
    send(page)
    delivered(page, "there is news about your order: it leaves today.")
    screenshot(page, "template-delivered")
    assert len(phones.client.sends()) == before + 1
    assert last_template(phones) == {
        "name": "order_update",
        "language": {"code": "en"},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "S00021"}]},
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "Wilma"},
                    {"type": "text", "text": "it leaves today."},
                ],
            },
        ],
    }
    # A template opens no window: the customer has to write first.
    expect(page.locator(CANNOT)).to_contain_text("too long ago")


def test_asks_when_somebody_answered_meanwhile(odoo, number, phones, late, screenshot):
    """The colleague was faster while the template was being filled in."""
    page = late("Gijs Gauw", "31655500029")
    choose(page, "order_update (en)")
    fill(page, header_1="S00029", body_1="Gijs", body_2="it leaves today.")
    colleague = odoo.rpc("sofie")
    [conversation] = colleague("omnichannel.conversation", "search", [["last_author", "=", "Gijs Gauw"]])
    [template] = number.rpc(
        "omnichannel.whatsapp.template",
        "search",
        [["name", "=", "order_update"], ["language", "=", "en"], ["channel_id", "=", number.channel_id]],
    )
    colleague(
        "omnichannel.conversation", "message_post", [conversation],
        body="", message_type="comment", subtype_xmlid="mail.mt_comment",
        omnichannel_template_id=template,
        omnichannel_template_values={"header.1": "S00029", "body.1": "Gijs", "body.2": "we look into it."},
    )  # fmt: skip
    # It stands behind the dialog by now, where nobody looks.
    page.locator(".o_omnichannel_conversation", has_text="we look into it.").wait_for()
    before = len(phones.client.sends())
    send(page)
    question = page.locator(".modal", has_text="Somebody was faster")
    question.wait_for()
    screenshot(page, "template-answered-meanwhile")
    question.get_by_role("button", name="Keep writing").click()
    expect(page.locator(DIALOG)).to_be_visible()
    send(page)
    delivered(page, "there is news about your order: it leaves today.")
    expect(page.locator(DIALOG)).to_have_count(0)
    assert len(phones.client.sends()) <= before + 2


def test_named_variables_and_buttons(phones, late):
    page = late("Bert Knop", "31655500022")
    choose(page, "delivery_day (en)")
    page.get_by_label("first name").fill("Bert")
    page.get_by_label("day").fill("Friday")
    # Enter sends, as in any form.
    page.get_by_label("day").press("Enter")
    delivered(page, "Hello Bert, we deliver on Friday.")
    [body] = last_template(phones)["components"]
    assert [(p["parameter_name"], p["text"]) for p in body["parameters"]] == [
        ("first_name", "Bert"),
        ("day", "Friday"),
    ]
    choose(page, "parcel_sent (en)")
    fill(page, body_1="Bert", button_0="3SABC")
    expect(page.locator(PREVIEW)).to_contain_text("https://shop.example.com/track/3SABC")
    send(page)
    delivered(page, "your parcel is on its way")
    button = last_template(phones)["components"][1]
    assert (button["type"], button["sub_type"], button["index"]) == ("button", "url", "0")
    assert button["parameters"] == [{"type": "text", "text": "3SABC"}]


def test_only_what_can_be_sent_is_offered(late):
    """Neither what Meta has not approved nor what needs a picture that nobody can give here."""
    page = late("Kees Keus", "31655500023")
    page.locator(".o_omnichannel_templates").click()
    page.locator(".o_omnichannel_template_select").wait_for()
    offered = page.locator(".o_omnichannel_template_select option").all_inner_texts()
    names = {label.split(" ")[0] for label in offered}
    assert names == {"hello_world", "order_update", "continue_conversation", "parcel_sent", "delivery_day"}


def test_what_meta_refuses_is_said_in_the_thread(phones, late, screenshot):
    """Approved here, paused at Meta since: its words, and nothing that looks sent."""
    page = late("Petra Pauze", "31655500024")
    phones.client.fail_next(1, "error", code=132015)
    choose(page, "continue_conversation (en)")
    fill(page, body_1="Petra")
    send(page)
    message = page.locator('.o-mail-Message:has-text("Hello Petra")')
    message.locator('.o_omnichannel_tick[data-state="failed"]').wait_for(timeout=30_000)
    expect(message).to_contain_text("paused the template")
    screenshot(page, "template-refused")


def test_templates_are_listed_for_the_administrator(odoo, number, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/whatsapp-templates")
    page.locator(".o_data_row").first.wait_for()
    row = page.locator('.o_data_row:has-text("shouting")')
    expect(row).to_contain_text("REJECTED")
    screenshot(page, "template-list")
    row.locator(".o_data_cell").first.click()
    page.locator('.alert:has-text("WhatsApp has not approved this template (INVALID_FORMAT)")').wait_for()
    screenshot(page, "template-rejected")
