"""Time without an answer that is counted within business hours, as an administrator sets it up."""

from playwright.sync_api import expect


def test_a_rule_and_a_team(odoo, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-rules/new", timeout=90_000)
    page.locator(".o_field_widget[name=name]").locator("textarea, input").first.fill("Too late")
    box = page.locator(".o_field_widget[name=is_hours_counted] input")
    expect(box).to_have_count(0)
    page.locator(".o_field_widget[name=trigger] input").first.click()
    page.locator(".o_select_menu_item", has_text="We did not answer for some time").first.click()
    expect(box).to_be_checked()
    page.locator(".o_field_widget[name=delay] input").fill("2")
    screenshot(page, "rule-hours")
    rpc = odoo.rpc()
    [team] = rpc("omnichannel.team", "search", [["name", "=", "Customer Service"]])
    rpc("omnichannel.team", "write", [team], {"assign_method": "round_robin", "reassign_minutes": 30})
    page.goto(f"{odoo.url}/odoo/action-omnichannel_inbox.omnichannel_team_action/{team}")
    page.get_by_role("tab", name="Assignment", exact=True).click()
    team_box = page.locator(".o_field_widget[name=is_reassign_hours_counted] input")
    expect(team_box).to_be_checked()
    team_box.uncheck()
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save")).to_be_hidden()
    screenshot(page, "team-hours")
    [read] = rpc("omnichannel.team", "read", [team], ["is_reassign_hours_counted"])
    assert not read["is_reassign_hours_counted"]
