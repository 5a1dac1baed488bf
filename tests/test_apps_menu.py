"""An administrator installs the add-ons from the Apps menu, uses them, and uninstalls them without a trace.

One database and one server for all of it, in the order in which it is written.
"""

import contextlib
import re

import psycopg2
import pytest

from tests.lib import catalog, database
from tests.lib import environment as env
from tests.lib.number import Number, text
from tests.lib.waiting import wait_for

INBOX, WHATSAPP = "Omnichannel Inbox", "Omnichannel WhatsApp"
# CRM is there, so that its bridge comes and goes with the app.
BRIDGES = {"omnichannel_crm"}
CUSTOMER, STRANGER = "31655500077", "31655500078"
# Customers and orders stay, with what was written about them.
STAYS = {
    "rows of iap_account",
    "rows of mail_followers",
    "rows of mail_followers_mail_message_subtype_rel",
    "rows of mail_message",
    "rows of mail_tracking_value",
    "rows of res_partner",
    "rows of sale_order",
}
# When only their channel goes.
CONVERSATIONS = {
    "rows of mail_guest",
    "rows of mail_message",
    "rows of mail_tracking_value",
    "rows of omnichannel_conversation",
    "rows of omnichannel_conversation_identity_rel",
    "rows of omnichannel_conversation_sale_order_rel",
    "rows of omnichannel_identity",
}
# The demo data's business documents do, too, and what Odoo made because of them.
DEMO_STAYS = {
    "rows of account_move",
    "rows of account_move_line",
    "rows of account_move_line_account_tax_rel",
    "rows of account_tax_sale_order_line_rel",
    "rows of ir_attachment",
    "rows of product_pricelist",
    "rows of product_product",
    "rows of product_supplier_taxes_rel",
    "rows of product_taxes_rel",
    "rows of product_template",
    "rows of res_groups_implied_rel",
    "rows of sale_order_line",
    "rows of sale_order_line_invoice_rel",
}


@pytest.fixture(scope="module")
def db(cluster):
    """An Odoo with Sales that is older than the add-ons' folders: its list of modules has none of them."""
    name = database.create(database.base_template())
    yield name
    database.drop(name)


class Apps:
    """The Apps menu in the browser of an administrator without developer mode."""

    def __init__(self, page, odoo):
        self.page = page
        self.odoo = odoo

    def search(self, words, **options):
        """Open Apps by Odoo's menu and search there."""
        self.page.goto(f"{self.odoo.url}/odoo", **options)
        self.page.locator(".o_navbar_apps_menu button").click()
        self.page.locator('[data-menu-xmlid="base.menu_management"]').click()
        self.page.locator(".o_modules_kanban .o_kanban_record:not(.o_kanban_ghost)").first.wait_for()
        self.page.locator(".o_searchview_input").fill(words)
        with self.page.expect_response("**/ir.module.module/web_search_read"):
            self.page.locator(".o_searchview_autocomplete .focus").click()

    def card(self, name):
        """An app's card among those found."""
        title = self.page.get_by_text(name, exact=True)
        return self.page.locator(".o_modules_kanban .o_kanban_record").filter(has=title)

    def update_list(self):
        """What the README says for an Odoo that was there before: developer mode, *Update Apps List*."""
        self.page.goto(f"{self.odoo.url}/odoo/apps?debug=1")
        self.page.locator('[data-menu-xmlid="base.menu_view_base_module_update"]').click()
        self.page.locator(".modal button[name=update_module]").click()
        self.page.locator(".modal").wait_for(state="detached")
        self.page.goto(f"{self.odoo.url}/odoo?debug=0")

    def install(self, name):
        """Press *Activate* and wait for the page to come back."""
        self.search("Omnichannel")
        self._click_and_reload(self.card(name).locator("button[name=button_immediate_install]"))

    def ask_to_uninstall(self, name):
        """Choose *Uninstall…*: Odoo's dialog comes up. Returns what it says will be deleted."""
        self.search("Omnichannel")
        self.card(name).locator(".o_dropdown_kanban button").click()
        self.page.get_by_text("Uninstall…", exact=True).click()
        rows = self.page.locator('.modal:has-text("Documents to Delete") .o_data_row')
        rows.first.wait_for()
        cells = [row.locator(".o_data_cell").all_inner_texts() for row in rows.all()]
        return {document: int(count) for document, count in cells}

    def uninstall(self):
        """Confirm the dialog and wait for the page to come back."""
        self._let_jobs_end()
        self._click_and_reload(self.page.locator(".modal button[name=action_uninstall]"))

    def _let_jobs_end(self):
        """Odoo refuses while a job runs, and the administrator would have to try again."""
        self.odoo.sql("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' + interval '1 hour'")

        def is_quiet():
            with contextlib.suppress(psycopg2.errors.LockNotAvailable):
                return self.odoo.sql("SELECT 1 FROM ir_cron FOR UPDATE NOWAIT")

        wait_for(is_quiet, 60, what="the jobs having ended")

    def show_conversation(self, words):
        """Open the inbox on the conversation whose card has these words, and return the page."""
        self.page.goto(f"{self.odoo.url}/odoo/inbox")
        self.page.locator(".o_omnichannel_inbox").wait_for()
        self.page.locator('.o_search_panel_category_value:has-text("All")').first.click()
        self.page.locator(f'.o_omnichannel_card:has-text("{words}")').click()
        self.page.locator(".o_omnichannel_composer_reply").wait_for()
        return self.page

    def _click_and_reload(self, button):
        self.page.evaluate("window.isOldPage = true")
        button.click()
        self.page.wait_for_function(
            "!window.isOldPage && document.querySelector('.o_main_navbar')", timeout=120_000
        )


@pytest.fixture
def apps(sign_in, odoo):
    return Apps(sign_in("admin"), odoo)


@pytest.fixture(scope="module")
def bare(odoo):
    """What the database holds without the add-ons."""
    return catalog.snapshot(odoo.database)


@pytest.fixture(scope="module")
def order(odoo, bare):
    """A customer's quotation."""
    rpc = odoo.rpc()
    partner = rpc("res.partner", "create", {"name": "Gerda Gast", "phone": f"+{CUSTOMER}"})
    return rpc("sale.order", "create", {"partner_id": partner})


def modules(odoo):
    """The add-ons that are installed."""
    query = "SELECT name FROM ir_module_module WHERE name LIKE 'omnichannel%' AND state = 'installed'"
    return {name for (name,) in odoo.sql(query)}


def bring_demo_data(odoo, wanted):
    """Modules bring their demo data where those that they depend on did."""
    odoo.sql("UPDATE ir_module_module SET demo = %s WHERE state = 'installed'", [wanted])


def open_ticket(odoo, order):
    """Confirm the order (again) with the rule switched on, which opens its ticket."""
    rpc = odoo.rpc()
    rules = rpc("omnichannel.rule", "search", [["active", "=", False], ["name", "like", "open a ticket"]])
    rpc("omnichannel.rule", "write", rules, {"active": True})
    rpc("sale.order", "action_cancel", [order])
    rpc("sale.order", "action_draft", [order])
    rpc("sale.order", "action_confirm", [order])
    ticket = "SELECT id FROM omnichannel_conversation WHERE order_ticket_id = %s"
    return wait_for(lambda: odoo.sql(ticket, [order]), 60, what="the order's ticket")[0][0]


def assert_no_trace(before, after, stays):
    """The database is what it was, but for rows of the tables named, which are of nobody's add-on."""
    assert not catalog.removed(before, after)
    left = catalog.added(before, after)
    assert not left.keys() - stays, left
    assert "omnichannel" not in str(left)


def test_an_older_odoo_finds_the_apps_after_updating_its_list(odoo, apps):
    rpc = odoo.rpc()
    rpc("ir.module.module", "unlink", rpc("ir.module.module", "search", [["name", "like", "omnichannel"]]))
    apps.search("Omnichannel")
    assert not apps.card(INBOX).count()
    apps.update_list()
    apps.search("Omnichannel")
    apps.card(INBOX).wait_for()
    assert apps.card(WHATSAPP).is_visible(), "the filter Apps hides it"


def test_both_leave_no_trace(odoo, apps, bare, order, screenshot):
    """Without demo data, as a company has it."""
    bring_demo_data(odoo, False)
    apps.install(WHATSAPP)
    assert modules(odoo) == {"omnichannel_inbox", "omnichannel_whatsapp", *BRIDGES}
    open_ticket(odoo, order)
    Number(odoo).receive(text(STRANGER, "Are you open?"), text(CUSTOMER, "Where is it?"))
    apps.show_conversation("Are you open?")
    odoo.rpc()(
        "omnichannel.channel",
        "create",
        {"name": "Shop", "channel_type": "email", "address": "shop@shop.example", "alias_name": "shop"},
    )
    assert odoo.sql("SELECT count(*) FROM mail_alias WHERE alias_name = 'shop'") == [(1,)]

    to_delete = apps.ask_to_uninstall(INBOX)
    screenshot(apps.page, "uninstall-both")
    assert apps.page.locator(".modal .o_modules_kanban").get_by_text(WHATSAPP).is_visible()
    assert (
        to_delete.items()
        >= {
            "Conversation": 2,
            "Conversation Tag": 0,
            "Customer Address": 2,
            "Daily Total": 0,
            "Inbound Journal Entry": 2,
            "Omnichannel Channel": 2,
            "Omnichannel Rule": 6,
            "Omnichannel Team": 1,
            "Sent or Received Message": 2,
            "WhatsApp Template": 0,
        }.items()
    )
    assert not apps.page.locator(".modal .o_omnichannel_uninstall").is_visible(), "it says that messages stay"
    apps.uninstall()
    assert not modules(odoo)
    assert_no_trace(bare, catalog.snapshot(odoo.database), STAYS)


def test_whatsapp_goes_and_its_conversations_stay(odoo, apps, order, screenshot):
    """Installed again, with demo data, one after the other."""
    bring_demo_data(odoo, True)
    apps.install(INBOX)
    assert modules(odoo) == {"omnichannel_inbox", *BRIDGES}
    before = catalog.snapshot(odoo.database)
    apps.install(WHATSAPP)
    Number(odoo, name="Shop's number").receive(text(STRANGER, "Is it open?"), text(CUSTOMER, "Where is it?"))

    assert apps.ask_to_uninstall(WHATSAPP) == {"WhatsApp Template": 0}
    assert "Shop's number" in apps.page.locator(".modal .o_omnichannel_uninstall").inner_text()
    screenshot(apps.page, "uninstall-whatsapp")
    apps.uninstall()

    assert modules(odoo) == {"omnichannel_inbox", *BRIDGES}
    after = catalog.snapshot(odoo.database)
    assert not catalog.removed(before, after)
    left = catalog.added(before, after)
    assert not left.keys() - CONVERSATIONS, left
    assert "whatsapp" not in str(left).lower()
    # What was written can be read, though the address is of a type that nobody knows any more.
    page = apps.show_conversation("Is it open?")
    page.locator('.o-mail-Message:has-text("Is it open?")').wait_for()
    page.locator(".o_omnichannel_identity").wait_for()
    screenshot(page, "without-whatsapp")


def test_inbox_goes_and_customers_and_orders_stay(odoo, apps, bare):
    """With the demo data, of which Odoo would delete what it can."""
    assert apps.ask_to_uninstall(INBOX)["Conversation"] == 2
    apps.uninstall()
    assert not modules(odoo)
    assert_no_trace(bare, catalog.snapshot(odoo.database), STAYS | DEMO_STAYS)
    assert not odoo.sql("SELECT login FROM res_users WHERE login IN ('anna', 'bram', 'sofie', 'daan')")


def test_upgrade_logs_nothing(cluster):
    name = database.create()
    try:
        log = database.update(name, "-u", env.addons())
        assert not re.findall(r"^.* (?:WARNING|ERROR|CRITICAL) .*$", log, re.M)
    finally:
        database.drop(name)
