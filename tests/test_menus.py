"""Every menu of the app, with every view it has, as those who set it up see it."""

import re

import pytest

from tests.lib.people import make_manager

READY = ".o_action_manager .o_view_controller:not(.o_view_sample_data)"
ERRORS = ".o_error_dialog, .o_notification_bar.bg-danger"
EXPECTED = {
    "Inbox", "All Conversations", "Not Delivered", "Customers' Addresses", "Conversations", "Daily Totals",
    "Channels", "Teams", "Agents", "Business Hours", "Days Off", "Tags",
    "Canned Responses", "WhatsApp Templates", "Rules", "Journal", "Dead Letters",
    "Rules That Wait", "Calls to Other Systems",
    "Ratings",
    "Sent and Received", "Waiting for Rules", "Health", "Alerts",
}  # fmt: skip


@pytest.fixture
def manager(odoo):
    """Login of an administrator of Omnichannel who is none of the system."""
    rpc = odoo.rpc()
    return "mia" if rpc("res.users", "search", [["login", "=", "mia"]]) else make_manager(rpc)


def refusals(odoo):
    """What the server refused so far: such requests are warnings in its log, and no errors."""
    return re.findall(r"^.* WARNING .* odoo\.http: .*$", odoo.log(), re.MULTILINE)


def app_menus(page):
    """Name → action of each menu of the app that this user sees."""
    menus = page.evaluate("fetch('/web/webclient/load_menus').then((answer) => answer.json())")
    menus = {int(key): menu for key, menu in menus.items() if key != "root"}
    [root] = [menu for menu in menus.values() if menu["xmlid"] == "omnichannel_inbox.menu_root"]
    found, todo = [], list(root["children"])
    while todo:
        menu = menus[todo.pop(0)]
        todo = menu["children"] + todo
        if menu["actionID"] and not menu["children"]:
            found.append((menu["name"], menu["actionID"]))
    return found


def settle(page):
    """Until the view is there and no request of its own is under way."""
    page.locator(READY).first.wait_for()
    page.locator(".o_loading_indicator").wait_for(state="hidden")


def look_at_every_view(page):
    """Switch through the views of an action, then open a record and a new one where that can be done."""
    page.locator(READY).first.wait_for()
    for number in range(page.locator(".o_switch_view").count()):
        page.locator(".o_switch_view").nth(number).click()
        page.locator(f".o_switch_view:nth-child({number + 1}).active").wait_for()
        settle(page)
    if page.locator(".o_switch_view.o_list").count():
        page.locator(".o_switch_view.o_list").click()
        page.locator(".o_list_renderer").wait_for()
    # Examples, which Odoo shows where there is nothing yet, cannot be opened.
    row = page.locator(".o_data_row .o_data_cell:not(.o_handle_cell, .o_view_sample_data *)")
    if row.count():
        row.nth(1).click()
        page.locator(".o_form_view, .o_selected_row").first.wait_for()
        if page.locator(".o_form_view").count():
            settle(page)
            page.go_back()
        else:
            page.keyboard.press("Escape")
        settle(page)
    new = page.locator(".o_list_button_add:visible, .o-kanban-button-new:visible")
    if new.count():
        new.first.click()
        page.locator(".o_form_view, .o_selected_row").first.wait_for()
        settle(page)


@pytest.mark.parametrize("role", ["system", "manager"])
def test_every_menu_opens(odoo, manager, sign_in, screenshot, role):
    page = sign_in("admin" if role == "system" else manager)
    before = refusals(odoo)
    page.goto(f"{odoo.url}/odoo/inbox")
    page.locator(READY).first.wait_for()
    menus = app_menus(page)
    names = {name for name, _action in menus}
    assert names == (EXPECTED | {"Settings"} if role == "system" else EXPECTED)
    for name, action in menus:
        page.goto(f"{odoo.url}/odoo/action-{action}")
        look_at_every_view(page)
        assert not page.locator(ERRORS).count(), name
        assert not page.errors, name
        assert refusals(odoo) == before, name
        screenshot(page, f"menu-{role}-{name.lower().replace(' ', '-')}")
