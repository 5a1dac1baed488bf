"""A server without cron threads: the inbox says that nothing comes or goes, until somebody runs the jobs."""

import pytest
from playwright.sync_api import expect

from tests.lib.looks import PHONE, dark_database, give_light, unreadable
from tests.lib.number import Number, text

NOTICE = ".o_omnichannel_standstill"
LATE = """
    UPDATE ir_cron SET lastcall = now() AT TIME ZONE 'utc' - interval '12 minutes',
                       nextcall = now() AT TIME ZONE 'utc' - interval '11 minutes'
     WHERE cron_name LIKE 'Omnichannel:%' AND interval_type = 'minutes'"""


@pytest.fixture(scope="module")
def db(cluster):
    with dark_database() as name:
        yield name


@pytest.fixture(scope="module")
def odoo(server_factory):
    return server_factory(cron_threads=0)


def inbox(page, odoo):
    page.goto(f"{odoo.url}/odoo/inbox", timeout=90_000)
    page.locator(".o_omnichannel_inbox").wait_for()
    return page.locator(NOTICE)


def test_nobodys_job_runs(odoo, server_factory, sign_in, screenshot):
    number = Number(odoo)
    page, phone, agent = sign_in("admin"), sign_in("admin", **PHONE), sign_in("anna")
    page.route("**/web.assets_web_dark.min.css", give_light)
    page.set_viewport_size({"width": 1280, "height": 800})
    odoo.sql("UPDATE ir_cron SET lastcall = now() AT TIME ZONE 'utc'")
    expect(inbox(page, odoo)).to_have_count(0)
    odoo.sql(LATE)
    # Nothing is heard on the bus; whoever looks again sees it.
    for window, words in (
        (page, "have not run for 12 minutes"),
        (phone, "12 minutes"),
        (agent, "Berichten komen en gaan"),
    ):
        expect(inbox(window, odoo)).to_contain_text(words)
    expect(page.locator(NOTICE)).to_contain_text("set max_cron_threads")
    expect(agent.locator(NOTICE)).not_to_contain_text("cron")
    expect(agent.locator(f"{NOTICE} button")).to_have_count(0)
    assert not unreadable(page) and not unreadable(agent)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390, "nothing is wider than the screen"
    screenshot(page, "standstill")
    screenshot(phone, "standstill-phone")
    screenshot(agent, "standstill-agent")
    # What a customer writes meanwhile is kept.
    assert number.post(number.body(text("31655580077", "Is anybody there?"))).status_code == 200
    page.locator(NOTICE).get_by_role("button", name="Health").click()
    jobs = page.locator(".o_omnichannel_health .o_kanban_record", has_text="Scheduled Jobs")
    expect(jobs).to_contain_text("no cron threads")
    page.go_back()
    expect(page.locator(NOTICE)).to_be_visible()
    # Somebody sees to it that jobs run: the notices go by themselves, and the message is there.
    second = server_factory(cron_threads=2)
    second.wake_jobs()
    for window in (page, phone, agent):
        expect(window.locator(NOTICE)).to_have_count(0, timeout=90_000)
        expect(window.locator(".o_omnichannel_card", has_text="Is anybody there?")).to_be_visible()
