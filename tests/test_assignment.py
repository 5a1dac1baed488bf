"""Conversations find their agent: live in the browser, by the switch, and with several servers at it."""

import re

import pytest
from playwright.sync_api import expect

from tests.lib.concurrency import at_once
from tests.lib.connected import connected_number
from tests.lib.inbox import Customer, Inbox
from tests.lib.looks import PHONE, dark_database, give_light, unreadable
from tests.lib.waiting import wait_for

OWNERS = """SELECT c.id, u.login, c.queued_since IS NOT NULL FROM omnichannel_conversation c
              LEFT JOIN res_users u ON u.id = c.user_id WHERE c.team_id = %s AND c.state = 'open'
             ORDER BY 1"""


@pytest.fixture(scope="module")
def db(cluster):
    with dark_database() as name:
        yield name


@pytest.fixture(scope="module")
def rpc(odoo):
    odoo.expect_log("could not serialize access|deadlock detected")
    return odoo.rpc()


@pytest.fixture(scope="module")
def users(rpc):
    found = rpc("res.users", "search_read", [["login", "in", ["anna", "sofie"]]], ["login"])
    rpc("res.users", "write", [user["id"] for user in found], {"lang": "en_US"})
    return {user["login"]: user["id"] for user in found}


@pytest.fixture(scope="module")
def team(rpc, users):
    """A team of two that assigns by hand until an administrator says otherwise."""
    members = [[6, 0, list(users.values())]]
    [team] = rpc("omnichannel.team", "create", [{"name": "Helpdesk", "member_ids": members}])
    return team


@pytest.fixture(scope="module")
def number(odoo, phones, team):
    return connected_number(odoo, phones, team_id=team)


@pytest.fixture
def in_turn(rpc, odoo, team):
    """The team assigns in turn, has nothing to do, and everybody takes conversations."""
    odoo.sql(
        "UPDATE omnichannel_conversation SET state = 'closed', queued_since = NULL WHERE team_id = %s", [team]
    )
    rpc("omnichannel.team", "write", [team], {"assign_method": "round_robin"})
    agents = rpc("omnichannel.agent", "search", [])
    rpc("omnichannel.agent", "write", agents, {"availability": "available", "limit_ids": [[5, 0, 0]]})


def owners(odoo, team):
    """{login: how many open conversations}, of the queue under None."""
    found = {}
    for _id, login, _is_queued in odoo.sql(OWNERS, [team]):
        found[login] = found.get(login, 0) + 1
    return found


def wait_online(odoo, *logins):
    query = """SELECT count(*) FROM mail_presence p JOIN res_users u ON u.id = p.user_id
                WHERE u.login = ANY(%s) AND p.status = 'online'"""
    wait_for(lambda: odoo.sql(query, [list(logins)]) == [(len(logins),)], 30, what="everybody being online")


def write(phones, number, count=1):
    customers = [Customer(phones, number) for _customer in range(count)]
    for customer in customers:
        customer.write("Where is my order?")
    return customers


def switch(page, availability):
    """Choose in the menu at the top, which is left open."""
    choice = page.locator(f".o_omnichannel_availability button[data-availability={availability}]")
    if not page.locator(".o_omnichannel_menu").count():
        page.locator(".o_omnichannel_systray").click()
    # Where the finger is put down: Playwright's own click scrolls first, which a phone's sheet takes for
    # a swipe that closes it.
    choice.element_handle().wait_for_element_state("stable")
    box = choice.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(choice).to_have_attribute("aria-pressed", "true")


def test_an_administrator_lets_the_team_assign(odoo, sign_in, team, rpc, screenshot):
    page = sign_in("admin")
    page.route("**/web.assets_web_dark.min.css", give_light)
    page.goto(f"{odoo.url}/odoo/omnichannel-teams/{team}", timeout=90_000)
    page.locator(".o_notebook .nav-link", has_text="Assignment").click()
    page.locator(".o_field_widget[name=assign_method] label", has_text="In turn").click()
    page.locator(".o_field_widget[name=limit_ids] .o_field_x2many_list_row_add a").click()
    page.locator(".o_field_widget[name=max_open] input").fill("8")
    page.keyboard.press("Escape")  # the row that comes next
    minutes = page.locator(".o_field_widget[name=reassign_minutes] input")
    minutes.fill("30")
    minutes.blur()
    page.locator(".o_field_widget[name=is_returned] input").check()
    page.locator(".o_form_button_save").click()
    names = ["assign_method", "reassign_minutes", "is_returned"]

    def saved():
        [values] = rpc("omnichannel.team", "read", [team], names)
        return [values[name] for name in names] == ["round_robin", 30, True]

    wait_for(saved, what="the team being saved")
    screenshot(page, "team-assignment")
    page.locator("button[name=action_open_agents]").click()
    page.locator(".o_data_row", has_text="Sofie").wait_for()
    screenshot(page, "agents")


def test_what_comes_in_is_given_away_live(odoo, phones, number, team, in_turn, sign_in):
    anna, sofie = Inbox(sign_in("anna"), odoo), Inbox(sign_in("sofie"), odoo)
    wait_online(odoo, "anna", "sofie")
    before = anna.folder_count("Mine"), sofie.folder_count("Mine")
    write(phones, number, 4)
    wait_for(lambda: owners(odoo, team) == {"anna": 2, "sofie": 2}, 30, what="two for each")
    for inbox, mine in zip((anna, sofie), before, strict=True):
        wait_for(
            lambda inbox=inbox, mine=mine: inbox.folder_count("Mine") == mine + 2, 20, what="the counter"
        )


def test_the_switch_the_queue_and_the_alert(odoo, phones, number, team, in_turn, sign_in, screenshot):
    anna, sofie = Inbox(sign_in("anna"), odoo), Inbox(sign_in("sofie"), odoo)
    admin = sign_in("admin")
    admin.goto(f"{odoo.url}/odoo/inbox")
    admin.locator(".o_omnichannel_inbox").wait_for()
    wait_online(odoo, "anna", "sofie")
    switch(anna.page, "busy")
    expect(anna.page.locator(".o_omnichannel_systray .o_omnichannel_dot")).to_have_attribute(
        "data-availability", "busy"
    )
    write(phones, number, 3)
    wait_for(lambda: owners(odoo, team) == {"sofie": 3}, 30, what="all for Sofie")
    switch(sofie.page, "away")
    write(phones, number)
    wait_for(lambda: None in owners(odoo, team), 30, what="one in the queue")
    # It is seen, and the supervisors hear of it.
    wait_for(lambda: sofie.folder_count("In the Queue") == 1, 20, what="the queue's counter")
    admin.locator(".o_notification", has_text="nobody can take what waits in the queue").wait_for()
    sofie.page.keyboard.press("Escape")
    sofie.page.locator(".o_search_panel_category_value", has_text="In the Queue").locator("header").click()
    expect(sofie.page.locator(".o_omnichannel_card")).to_have_count(1)
    expect(sofie.page.locator(".o_omnichannel_card .o_omnichannel_queued")).to_contain_text("In the queue")
    screenshot(sofie.page, "assignment-queue")
    # Somebody is back, and has it at once; who looks at the queue sees it go.
    switch(anna.page, "available")
    wait_for(lambda: owners(odoo, team) == {"anna": 1, "sofie": 3}, 20, what="the queue being given away")
    expect(sofie.page.locator(".o_omnichannel_card")).to_have_count(0)
    assert odoo.sql("SELECT queue_stuck_date FROM omnichannel_team WHERE id = %s", [team]) == [(None,)]


def test_an_agent_leaves(odoo, phones, number, team, users, rpc, in_turn, sign_in, screenshot):
    """Archived in Odoo's settings: what was theirs is somebody else's, who sees it come."""
    rpc("omnichannel.team", "write", [team], {"is_presence_needed": False})
    customers = write(phones, number, 4)
    wait_for(lambda: owners(odoo, team) == {"anna": 2, "sofie": 2}, 30, what="two for each")
    anna = Inbox(sign_in("anna"), odoo)
    mine = anna.folder_count("Mine")
    rpc("res.users", "action_archive", [users["sofie"]])
    try:
        wait_for(lambda: owners(odoo, team) == {"anna": 4}, 30, what="all being Anna's")
        wait_for(lambda: anna.folder_count("Mine") == mine + 2, 20, what="the counter")
        notes = "SELECT count(*) FROM mail_message WHERE body LIKE '%does not work on this any more%'"
        assert odoo.sql(notes) == [(2,)]
        for customer in customers:
            anna.open(customer)
            if anna.page.locator(".o-mail-Message", has_text="does not work on this any more").count():
                screenshot(anna.page, "agent-left")
                break
        else:
            raise AssertionError("no thread says so")
    finally:
        rpc("res.users", "action_unarchive", [users["sofie"]])
        rpc("omnichannel.team", "write", [team], {"is_presence_needed": True})


def test_one_that_somebody_is_changing(odoo, phones, number, team, users, rpc, in_turn):
    """It is left alone, and given away as soon as they are done: not when the job looks again by itself."""
    rpc("omnichannel.team", "write", [team], {"is_presence_needed": False})
    agents = rpc("omnichannel.agent", "search", [["user_id", "in", list(users.values())]])
    rpc("omnichannel.agent", "write", agents, {"availability": "busy"})
    write(phones, number)
    wait_for(lambda: owners(odoo, team) == {None: 1}, 30, what="one in the queue")
    ends = "Job 'Omnichannel: assign conversations' .*fully done"
    with odoo.locked("omnichannel_conversation", "team_id = %s", [team]):
        before = len(re.findall(ends, odoo.log()))
        rpc("omnichannel.agent", "write", agents, {"availability": "available"})
        wait_for(lambda: len(re.findall(ends, odoo.log())) > before, 20, what="the job's run")
        assert owners(odoo, team) == {None: 1}
    wait_for(lambda: None not in owners(odoo, team), 5, what="its being given away")
    rpc("omnichannel.team", "write", [team], {"is_presence_needed": True})


@pytest.mark.parametrize("scheme", ["light", "dark", "phone"])
def test_the_switch_can_be_read(odoo, in_turn, sign_in, screenshot, scheme):
    page = sign_in("anna", **(PHONE if scheme == "phone" else {}))
    if scheme == "light":
        page.route("**/web.assets_web_dark.min.css", give_light)
    Inbox(page, odoo)
    for availability in ("available", "busy", "away"):
        switch(page, availability)
        box = page.locator(".o_omnichannel_availability").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
        # A phone has the menu alone in view, in which there is less to read.
        assert scheme == "phone" or not unreadable(page)
    screenshot(page, f"availability-{scheme}")


def test_two_servers_give_away_at_once(odoo, server_factory, rpc, users, in_turn, team):
    """Jobs of two servers, for two teams with the same agents: nothing twice, nobody over their limit."""
    second = server_factory()
    second.expect_log("could not serialize access|deadlock detected")
    odoo.sql("UPDATE ir_cron SET active = false WHERE cron_name = 'Omnichannel: assign conversations'")
    members = [[6, 0, list(users.values())]]
    values = {"member_ids": members, "assign_method": "least_busy", "is_presence_needed": False}
    teams = rpc("omnichannel.team", "create", [{"name": f"Both {n}", **values} for n in range(3)])
    agents = rpc("omnichannel.agent", "search", [["user_id", "in", list(users.values())]])
    rpc("omnichannel.agent", "write", agents, {"limit_ids": [[0, 0, {"max_open": 25}]]})
    odoo.sql(
        "UPDATE omnichannel_conversation SET state = 'closed' WHERE user_id = ANY(%s)", [list(users.values())]
    )
    partner = rpc("res.partner", "create", {"name": "Often"})
    rpc(
        "omnichannel.conversation",
        "create",
        [{"partner_id": partner, "team_id": team} for team in teams for _conversation in range(40)],
    )
    [model] = odoo.sql("SELECT id FROM ir_model WHERE model = 'omnichannel.assignment'")[0]
    actions = rpc(
        "ir.actions.server",
        "create",
        [
            {
                "name": f"Assign {team}",
                "model_id": model,
                "state": "code",
                "code": f"env['omnichannel.assignment'].sudo()._assign_batch({team})",
            }
            for team in teams
        ],
    )
    sessions = [server.rpc() for server in (odoo, second) * 3]
    for _round in range(3):
        at_once(
            *(
                lambda session=session, action=actions[number % 3]: session(
                    "ir.actions.server", "run", [action]
                )
                for number, session in enumerate(sessions)
            )
        )
    counts = odoo.sql(
        """SELECT user_id, count(*) FROM omnichannel_conversation
            WHERE team_id = ANY(%s) AND state = 'open' GROUP BY user_id""",
        [teams],
    )
    given = {user: count for user, count in counts if user}
    assert given == dict.fromkeys(users.values(), 25)
    assert dict(counts)[None] == 3 * 40 - 50
    [[lines]] = odoo.sql(
        """SELECT count(*) FROM mail_message m JOIN omnichannel_conversation c ON c.id = m.res_id
            WHERE m.model = 'omnichannel.conversation' AND m.body LIKE '%%Given to %%'
              AND c.team_id = ANY(%s)""",
        [teams],
    )
    assert lines == 50, "each was given once"
