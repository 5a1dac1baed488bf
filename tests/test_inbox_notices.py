"""Nobody has to watch a page: notices and sound, and each user's say in them."""

import pytest
from playwright.sync_api import expect

from tests.lib.inbox import Customer, Inbox
from tests.lib.waiting import wait_for

# A headless browser has no desktop and no loudspeaker: what it is asked for there is noted down.
NOTE_DOWN = """
window.noticed = []; window.played = [];
class Notice extends EventTarget {
    static permission = 'granted';
    static async requestPermission() { return 'granted'; }
    constructor(title, { body }) {
        super();
        window.noticed.push(`${title}: ${body}`);
        window.lastNotice = this;
    }
    close() {}
}
window.Notification = Notice;
HTMLMediaElement.prototype.play = async function () { window.played.push(this.src); };
"""


@pytest.fixture
def asked(phones, number):
    customer = Customer(phones, number)
    customer.write("Where is my order?")
    return customer


@pytest.fixture
def anna(odoo, number, sign_in):
    """Anna on a page that has nothing to do with customers: her own preferences."""
    page = sign_in("anna")
    page.add_init_script(NOTE_DOWN)
    page.goto(f"{odoo.url}/odoo", timeout=90_000)
    page.locator(".o_omnichannel_systray").wait_for()
    page.locator(".o_user_menu button").first.click()
    page.locator('[data-menu="preferences"]').click()
    page.locator('.o_field_widget[name="omnichannel_notify"]').wait_for()
    return page


def noticed(page):
    return page.evaluate("window.noticed")


def hears(page, *wanted):
    wait_for(lambda: all(text in noticed(page) for text in wanted), 30, what=f"a notice of {wanted}")


def count_sounds(page):
    return page.evaluate("window.played.length")


def test_notice_and_sound_wherever_the_agent_is(anna, asked):
    hears(anna, f"{asked.name}: Where is my order?")
    assert noticed(anna) == [f"{asked.name}: Where is my order?"], "told once, though heard of twice"
    wait_for(lambda: count_sounds(anna) == 1, what="a sound")
    anna.evaluate("window.lastNotice.dispatchEvent(new Event('click'))")
    anna.locator(f'.o_omnichannel_conversation:has-text("{asked.name}")').wait_for()


def test_what_is_a_colleagues_disturbs_nobody_else(odoo, anna, asked, sign_in, phones, number):
    hears(anna, f"{asked.name}: Where is my order?")
    sofie = Inbox(sign_in("sofie"), odoo)
    sofie.open(asked)
    sofie.page.locator(".o_omnichannel_assign").click()
    expect(sofie.page.locator(".o_omnichannel_assignee")).to_have_text("Sofie Peeters")
    asked.write("Hello?")
    sofie.message("Hello?").wait_for(timeout=30_000)
    other = Customer(phones, number)
    other.write("Do you repair bikes?")
    hears(anna, f"{other.name}: Do you repair bikes?")
    assert f"{asked.name}: Hello?" not in noticed(anna)


def wants_notices(odoo):
    query = "SELECT omnichannel_notify FROM res_users_settings s JOIN res_users u ON u.id = s.user_id"
    [(value,)] = odoo.sql(query + " WHERE u.login = 'anna'")
    return value


def test_preferences_are_obeyed(odoo, anna, phones, number):
    anna.locator('.o_field_widget[name="omnichannel_notify"] input').click()
    anna.locator('.modal button[name="preference_save"]').click()
    wait_for(lambda: not wants_notices(odoo), what="the setting being kept")
    expect(anna.locator(".modal")).to_have_count(0)
    anna.reload()
    anna.locator(".o_omnichannel_systray").click()
    expect(anna.locator(".o_omnichannel_notify")).not_to_be_checked()
    expect(anna.locator(".o_omnichannel_sound")).to_be_checked()
    unnoticed = Customer(phones, number)
    unnoticed.write("Where is my order?")
    wait_for(lambda: count_sounds(anna) == 1, 30, what="a sound")
    # In the menu it takes effect at once.
    anna.locator(".o_omnichannel_notify").click()
    wait_for(lambda: wants_notices(odoo), what="the setting being kept")
    other = Customer(phones, number)
    other.write("Do you repair bikes?")
    hears(anna, f"{other.name}: Do you repair bikes?")
    assert noticed(anna) == [f"{other.name}: Do you repair bikes?"]


def test_inbox_itself_shows_what_is_new(odoo, sign_in, phones, number):
    page = sign_in("anna")
    page.add_init_script(NOTE_DOWN)
    inbox = Inbox(page, odoo)
    customer = Customer(phones, number)
    customer.write("Where is my order?")
    inbox.card(customer).wait_for(timeout=30_000)
    wait_for(lambda: count_sounds(page) == 1, 30, what="a sound")
    assert not noticed(page)
