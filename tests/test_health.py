"""The health page in the browser: something breaks, the page says so, somebody mends it."""

import base64
import uuid

import pytest
from playwright.sync_api import expect

from tests.lib.concurrency import at_once
from tests.lib.looks import PHONE
from tests.lib.number import Number, text
from tests.lib.waiting import wait_for


@pytest.fixture(scope="module")
def number(odoo):
    return Number(odoo)


@pytest.fixture(scope="module")
def supervisor(odoo):
    """Somebody who leads a team and administers nothing."""
    rpc = odoo.rpc()
    domain = [["module", "=", "omnichannel_inbox"], ["name", "=", "group_omnichannel_supervisor"]]
    [group] = rpc("ir.model.data", "search_read", domain, ["res_id"])
    values = {"name": "Sam", "login": "sam", "password": "sam", "group_ids": [[4, group["res_id"]]]}
    rpc("res.users", "create", values)
    return "sam"


def go_to_health(page, odoo):
    """By the menu, as people do."""
    page.goto(f"{odoo.url}/odoo/omnichannel-conversations")
    page.get_by_role("menuitem", name="Health").click()
    page.locator(".o_omnichannel_health .o_kanban_record").first.wait_for()


def line(page, name):
    return page.locator(".o_omnichannel_health .o_kanban_record", has_text=name)


def look_again(page):
    page.locator("button[name=action_look_again]").click()


def expect_state(page, name, state):
    """The line says so, after another look if need be."""
    badge = line(page, name).locator(".o_field_widget[name=state]")

    def is_so():
        look_again(page)
        page.wait_for_timeout(300)
        return badge.inner_text().strip() == state

    wait_for(is_so, 60, what=f"{name} being {state}")


def test_a_dead_letter_is_found_and_replayed(odoo, number, sign_in, screenshot):
    page = sign_in("admin")
    go_to_health(page, odoo)
    expect_state(page, "Dead Letters", "Fine")
    assert not line(page, "Dead Letters").locator("button").count()
    screenshot(page, "health-fine")
    assert number.post(b"not JSON at all").status_code == 200
    expect_state(page, "Dead Letters", "Wrong")
    expect(line(page, "Dead Letters").locator(".display-6")).to_have_text("1")
    screenshot(page, "health-dead-letter")
    line(page, "Dead Letters").get_by_role("button", name="Show them").click()
    rows = page.locator(".o_list_view .o_data_row")
    expect(rows).to_have_count(1)
    # The list that is loaded anew is the same one.
    page.reload()
    expect(rows).to_have_count(1)
    # Mended by whoever can: here, the body that could not be read.
    mended = base64.b64encode(number.body(text("31655580001", "Now I can be read")))
    odoo.sql("UPDATE omnichannel_event SET body = %s WHERE state = 'dead'", [mended])
    rows.first.locator(".o_data_cell").nth(1).click()
    page.locator("button[name=action_replay]").click()
    page.locator(".modal-footer .btn-primary").click()
    page.locator(".modal").wait_for(state="detached")
    go_to_health(page, odoo)
    expect_state(page, "Dead Letters", "Fine")


def test_a_job_is_switched_off_and_on(odoo, number, supervisor, sign_in, screenshot):
    job = "UPDATE ir_cron SET active = %s WHERE cron_name = 'Omnichannel: run rules'"
    sam, admin = sign_in(supervisor), sign_in("admin")
    go_to_health(sam, odoo)
    expect_state(sam, "Scheduled Jobs", "Fine")
    odoo.sql(job, [False])
    expect_state(sam, "Scheduled Jobs", "Wrong")
    expect(line(sam, "Scheduled Jobs")).to_contain_text("run rules: switched off")
    # Who may not open it is not offered to.
    assert not line(sam, "Scheduled Jobs").locator("button").count()
    screenshot(sam, "health-supervisor")
    go_to_health(admin, odoo)
    line(admin, "Scheduled Jobs").get_by_role("button", name="Show them").click()
    rows = admin.locator(".o_list_view .o_data_row")
    expect(rows).to_have_count(1)
    rows.first.locator(".o_data_cell").nth(1).click()
    admin.locator(".o_field_widget[name=active] input").click()
    expect_state(sam, "Scheduled Jobs", "Fine")


def dead_letter(odoo, number):
    """Something signed that cannot be read."""
    [(before,)] = odoo.sql("SELECT count(*) FROM omnichannel_event WHERE state = 'dead'")
    assert number.post(f"no JSON {uuid.uuid4()}".encode()).status_code == 200
    query = "SELECT count(*) FROM omnichannel_event WHERE state = 'dead'"
    wait_for(lambda: odoo.sql(query) == [(before + 1,)], 60, what="the dead letter")


def watch(odoo, times=1):
    """Let the watchdog's job run so many times, five minutes apart as far as it can tell."""
    job = "cron_name LIKE 'Omnichannel: alert of%'"
    for _time in range(times):
        odoo.sql("UPDATE omnichannel_alert SET since = since - interval '5 minutes' WHERE told IS NULL")
        odoo.sql(f"UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc', lastcall = NULL WHERE {job}")
        odoo.wake_jobs()
        ran = f"SELECT 1 FROM ir_cron WHERE {job} AND lastcall IS NOT NULL"
        wait_for(lambda ran=ran: odoo.sql(ran), 90, what="the watchdog's job")


ACTIVITIES = """
    SELECT a.id FROM mail_activity a JOIN omnichannel_alert t ON t.id = a.res_id
      JOIN omnichannel_health_check h ON h.id = t.check_id JOIN res_users u ON u.id = a.user_id
     WHERE a.res_model = 'omnichannel.alert' AND a.active AND h.code = %s AND u.login = %s"""


def test_the_watchdog_tells_until_it_is_solved(odoo, number, supervisor, sign_in, screenshot):
    dead_letter(odoo, number)
    watch(odoo, 2)
    assert len(odoo.sql(ACTIVITIES, ["events_dead", "admin"])) == 1
    assert not odoo.sql(ACTIVITIES, ["events_dead", supervisor])
    watch(odoo, 2)
    assert len(odoo.sql(ACTIVITIES, ["events_dead", "admin"])) == 1
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-alerts")
    row = page.locator(".o_data_row", has_text="Dead Letters")
    row.wait_for()
    screenshot(page, "alerts")
    row.locator(".o_data_cell").first.click()
    page.locator(".o-mail-Activity", has_text="Dead Letters").wait_for()
    screenshot(page, "alert")
    page.get_by_role("button", name="Show Them").click()
    page.locator(".o_list_view .o_data_row").first.wait_for()
    page.locator(".o_list_renderer thead input[type=checkbox]").check()
    page.locator("button[name=action_set_aside]").click()
    page.locator(".modal-footer .btn-primary").click()
    wait_for(
        lambda: odoo.sql("SELECT count(*) FROM omnichannel_event WHERE state = 'dead'") == [(0,)],
        what="no dead letter",
    )
    watch(odoo)
    assert not odoo.sql(ACTIVITIES, ["events_dead", "admin"])


def test_two_servers_that_look_at_once_tell_once(odoo, server_factory, number):
    """Odoo runs a job in one place at a time; even if not, nobody would be told twice."""
    second = server_factory()
    rpc = odoo.rpc()
    [model] = rpc("ir.model", "search", [["model", "=", "omnichannel.alert"]])
    values = {"name": "Look", "model_id": model, "state": "code", "code": "model._look()"}
    action = rpc("ir.actions.server", "create", values)
    rpcs = [server.rpc() for server in (odoo, second) for _thread in range(3)]

    def look():
        at_once(*[lambda rpc=rpc: rpc("ir.actions.server", "run", [action]) for rpc in rpcs])

    for server in (odoo, second):
        server.expect_log("could not serialize access|deadlock detected")
    dead_letter(odoo, number)
    look()
    odoo.sql("UPDATE omnichannel_alert SET since = since - interval '5 minutes' WHERE told IS NULL")
    look()
    look()
    alerts = """SELECT a.id FROM omnichannel_alert a JOIN omnichannel_health_check h ON h.id = a.check_id
                 WHERE h.code = 'events_dead' AND a.solved IS NULL"""
    assert len(odoo.sql(alerts)) == 1
    assert len(odoo.sql(ACTIVITIES, ["events_dead", "admin"])) == 1


def test_the_settings(odoo, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/action-omnichannel_inbox.res_config_settings_action")
    box = page.get_by_label("Send alerts by e-mail, too")
    box.scroll_into_view_if_needed()
    expect(page.locator(".o_field_widget[name=omnichannel_health_wait_minutes] input")).to_have_value("5")
    expect(page.locator(".o_field_widget[name=omnichannel_health_unanswered_hours] input")).to_have_value(
        "24"
    )
    screenshot(page, "settings-watchdog")
    page.locator("#omnichannel_health button", has_text="Health").click()
    page.locator(".o_omnichannel_health .o_kanban_record").first.wait_for()


def test_on_a_phone(odoo, number, supervisor, sign_in, screenshot):
    page = sign_in(supervisor, **PHONE)
    page.goto(f"{odoo.url}/odoo/omnichannel-health")
    page.locator(".o_omnichannel_health .o_kanban_record").first.wait_for()
    width = page.locator(".o_kanban_renderer").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert width[0] <= width[1], "nothing sticks out"
    screenshot(page, "health-phone")
