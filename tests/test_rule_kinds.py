"""Every kind of trigger, condition and action: set up in the browser, set off from outside.

Mia administers Omnichannel and nothing else of Odoo: she comes by *Configuration → Rules* and may read no
order. What needs more (conditions on orders, a server action) is set up by the administrator of all of Odoo,
who comes from *Settings → Omnichannel*. Nobody is in developer mode.

| when | set off by | test |
|---|---|---|
| a conversation begins, a customer writes | WhatsApp's webhook | test_what_happens_to_a_conversation |
| it is assigned, answered, tagged, closed, a sender is known | the agent's buttons | the same |
| a snoozed one comes back, no answer from the customer, a set time | the clock | the same |
| no answer from us | the clock | test_rules.test_nobody_answers_for_an_hour |
| a quotation is sent, an order confirmed, cancelled | Odoo's buttons | test_what_happens_to_an_order |
| a quotation is signed online | the portal | the same |
| an invoice is confirmed, paid, credited | Odoo's buttons | the same |
| an invoice is overdue | Odoo's buttons, the clock | test_an_invoice_is_overdue |
| an order is placed, a cart left in the web shop | the shop | test_webshop |
| a delivery is ready, late, split, has left, came back | Odoo's buttons | test_what_happens_to_a_delivery |

| only if | test |
|---|---|
| words, expression, first message, hours, language, channel | test_each_condition_counts |
| filter on conversation, customer, order, last message | the same |
| once, each time, rules below are left out | test_once_each_time_and_no_further |

| then | test |
|---|---|
| team, tags, priority, state, note, mention, activity, e-mail | test_what_rules_do |
| canned text by a given channel, lead, task, server action | the same |
| snooze | test_what_happens_to_a_conversation |
| person; call of another system | test_rules |
| team's method | test_assignment |
| text by the best channel; WhatsApp template | test_automatic |
"""

import pytest
from playwright.sync_api import expect
from PyPDF2 import PdfWriter

from emulators.mail.smtp import Smtp
from tests.lib import database
from tests.lib.browser import new_context
from tests.lib.connected import connected_number
from tests.lib.inbox import Customer, Inbox
from tests.lib.mailbox import sending
from tests.lib.number import Number, text
from tests.lib.people import make_manager
from tests.lib.rules import Rules
from tests.lib.waiting import wait_for

TEAM = {"Team": "Customer Service"}
PRINTER = """#!/bin/sh
if [ "$1" = --version ]; then echo "wkhtmltopdf 0.12.6.1 (with patched qt)"; exit; fi
for file; do :; done
cp "$(dirname "$0")/blank.pdf" "$file"
"""


@pytest.fixture(scope="module")
def db(cluster):
    """With all of Odoo's applications that the add-ons bring rules for."""
    with database.copied(database.bridges_template()) as name:
        yield name


@pytest.fixture(scope="module")
def odoo(server_factory, tmp_path_factory):
    """A server that finds a program to print with: who signs an order in the portal gets it as a PDF.

    The usual one is not on every machine. What it would print is of no concern here.
    """
    folder = tmp_path_factory.mktemp("bin")
    pages = PdfWriter()
    pages.add_blank_page(210, 297)
    pages.write(folder / "blank.pdf")
    (folder / "wkhtmltopdf").write_text(PRINTER)
    (folder / "wkhtmltopdf").chmod(0o755)
    return server_factory(conf={"bin_path": str(folder)})


@pytest.fixture(scope="module")
def rpc(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module")
def people(rpc):
    """Anna answers, Sofie supervises, Mia administers Omnichannel alone; all speak English."""
    make_manager(rpc)
    found = rpc("res.users", "search", [["login", "in", ["anna", "sofie"]]])
    rpc("res.users", "write", found, {"lang": "en_US"})


@pytest.fixture
def mia(odoo, people, sign_in):
    """Mia's window, at the list of rules."""
    return Rules(sign_in("mia"), odoo).open_from_menu()


@pytest.fixture
def admin(odoo, sign_in):
    """The window of the administrator of all of Odoo, who comes from Settings."""
    return Rules(sign_in("admin"), odoo).open_from_settings()


@pytest.fixture(autouse=True)
def silence(odoo, rpc):
    """Each test begins without rules."""
    yield
    rpc("omnichannel.rule", "write", rpc("omnichannel.rule", "search", []), {"active": False})


def note(words):
    return "Write a note for colleagues", {"Note": words}


def run_job(odoo, name):
    """Let a job of Odoo's do its work now."""
    [[cron]] = odoo.sql("SELECT id FROM ir_cron WHERE cron_name = %s", [f"Omnichannel: {name}"])
    odoo.rpc()("ir.cron", "method_direct_trigger", [cron])


def let_time_go_by(odoo, trigger, interval):
    """Let what rules of this kind wait for begin that much earlier, and look at it."""
    odoo.sql(
        """UPDATE omnichannel_rule_timer t SET since = since - %s::interval, due = due - %s::interval
             FROM omnichannel_rule r WHERE r.id = t.rule_id AND r.trigger = %s""",
        [interval, interval, trigger],
    )
    run_job(odoo, "look at what rules wait for")


# -- conversations ----------------------------------------------------------------


def test_what_happens_to_a_conversation(odoo, number, phones, mia, sign_in, screenshot):
    for when in (
        "A conversation begins",
        "A customer writes",
        "A conversation is assigned",
        "A customer is answered",
        "A conversation gets a tag",
        "A sender turns out to be a customer",
        "A snoozed conversation comes back",
    ):
        mia.add(when, when, then=[note(f"Noted: {when}.")])
    closes = "A conversation changes its state"
    mia.add(closes, closes, where=[(["State"], "Closed")], then=[note("Noted: closed.")])
    mia.add("Silent", "The customer did not answer for some time", {"After": 2}, [note("Noted: silence.")])
    hour = {"Next Time": "12/31/2035 09:00:00", "Every": 3}
    mia.add("Daily", "At a set time", hour, [note("Noted: the hour.")])
    screenshot(mia.page, "rule-scheduled")
    mia.add("Later", "A customer writes", {"Text Contains": "tomorrow"}, [("Snooze", {"After": 2})])

    customer = Customer(phones, number)
    customer.write("Where is my bell?")
    anna = Inbox(sign_in("anna"), odoo)
    conversation = anna.open(customer)

    def noted(what, times=1):
        expect(anna.message(f"Noted: {what}.")).to_have_count(times, timeout=20_000)

    noted("A conversation begins")
    noted("A customer writes")
    noted("A conversation is assigned", 0)
    anna.page.locator(".o_omnichannel_assign").click()
    noted("A conversation is assigned")
    noted("A customer is answered", 0)
    anna.answer("On its way.")
    noted("A customer is answered")
    noted("A sender turns out to be a customer", 0)
    anna.page.locator(".o_omnichannel_create_customer").click()
    noted("A sender turns out to be a customer")
    # Silence counts from the answer, and the hour has a timer of its own.
    timer = """SELECT 1 FROM omnichannel_rule_timer t JOIN omnichannel_rule r ON r.id = t.rule_id
                WHERE r.trigger = 'no_reply' AND t.res_id = %s"""
    wait_for(lambda: odoo.sql(timer, [conversation]), what="the timer")
    noted("silence", 0)
    let_time_go_by(odoo, "no_reply", "3 hours")
    noted("silence")
    noted("the hour", 0)
    let_time_go_by(odoo, "scheduled", "20 years")
    noted("the hour")
    # A rule puts it off, and it comes back.
    customer.write("I am there tomorrow")
    anna.page.locator(".o_omnichannel_state[data-state=snoozed]").wait_for()
    noted("A customer writes", 2)
    noted("A snoozed conversation comes back", 0)
    until = (
        "UPDATE omnichannel_conversation SET snooze_until = snooze_until - interval '3 days' WHERE id = %s"
    )
    odoo.sql(until, [conversation])
    run_job(odoo, "wake snoozed conversations, settle interrupted sends")
    noted("A snoozed conversation comes back")
    noted("closed", 0)
    anna.page.locator(".o_omnichannel_close").click()
    # The inbox goes on to the next one; its own form has the thread, too.
    anna.page.goto(f"{odoo.url}/odoo/omnichannel.conversation/{conversation}")
    noted("closed")
    noted("A conversation gets a tag", 0)
    give_tag(anna.page, "Repair")
    noted("A conversation gets a tag")
    screenshot(anna.page, "rule-triggers-thread")


def give_tag(page, name):
    """Add a tag in the conversation's own form, as agents do."""
    page.locator(".o_form_view .o_field_widget[name=tag_ids] input").fill(name)
    page.locator(".o-autocomplete--dropdown-item", has_text=name).first.click()
    page.locator(".o_form_button_save").click()


# -- conditions ---------------------------------------------------------------------


class Sender:
    """A known customer who has an order, and what they write."""

    def __init__(self, rpc, wa_id, city="Utrecht", lang="nl_NL", reference="VIP"):
        self.wa_id = wa_id
        values = {"name": f"Sender {wa_id}", "phone": f"+{wa_id}", "city": city, "lang": lang}
        self.partner = rpc("res.partner", "create", values)
        order = rpc("sale.order", "create", {"partner_id": self.partner, "client_order_ref": reference})
        [read] = rpc("sale.order", "read", [order], ["name"])
        self.order = read["name"]

    def asks(self, words="Where is my parcel", code="AB123456789NL", ending="?"):
        return f"{words} {code} of {self.order}{ending}"


def test_each_condition_counts(odoo, rpc, admin, people, screenshot):
    """One rule with all conditions: it acts for who fits them all, and for nobody who misses one of them."""
    [team] = rpc("omnichannel.team", "search", [["name", "=", "Customer Service"]])
    [other_team] = rpc("omnichannel.team", "search", [["name", "=", "Sales"]])
    # Hours that are over: half an hour in the first night of a week, which it is not now in each time zone.
    never = {"name": "Never", "tz": "UTC", "attendance_ids": [[5]]}
    hours = rpc("resource.calendar", "create", never)
    closed = {"calendar_id": hours, "team_id": team}
    first, second, third = (
        Number(odoo, name="Night line", **closed),
        Number(odoo, name="Day line", **closed),
        Number(odoo, name="Sales line", calendar_id=hours, team_id=other_team),
    )
    admin.add(
        "Narrow",
        "A customer writes",
        {
            "Text Contains": "parcel, package",
            "Text Matches": r"\b[A-Z]{2}[0-9]{9}NL\b",
            "Only the First Message": True,
            "Time": "Outside Business Hours",
            "Customer's Language": "Dutch / Nederlands",
            "Channels": ["Night line", "Sales line"],
        },
        [("Add tags", {"Tags": ["Complaint"]})],
        where=[
            (["Team"], "Customer Service"),
            (["Customer", "City"], "Utrecht"),
            (["Sales Orders", "Customer Reference"], "VIP"),
            (["Text of the Last Message"], "contains", "Where is my"),
        ],
    )
    screenshot(admin.page, "rule-conditions")
    numbers = iter(range(31655530001, 31655530100))

    def ask(line=first, is_first=True, asked=None, **sender):
        """Somebody new writes; whether the rule acted for them."""
        who = Sender(rpc, str(next(numbers)), **sender)
        if not is_first:
            line.receive(text(who.wa_id, "Hello"))
        line.receive(text(who.wa_id, who.asks(**(asked or {}))))
        wait_for_rules(odoo)
        tags = [["partner_id", "=", who.partner], ["tag_ids.name", "=", "Complaint"]]
        return bool(rpc("omnichannel.conversation", "search_count", tags))

    assert ask()
    missed = {
        "words": ask(asked={"words": "Where is my bell"}),
        "expression": ask(asked={"code": "AB12345NL"}),
        "first message": ask(is_first=False),
        "language": ask(lang="en_US"),
        "channel": ask(line=second),
        "conversation": ask(line=third),
        "customer": ask(city="Zeist"),
        "order": ask(reference="Ordinary"),
        "last message": ask(asked={"words": "My parcel"}),
    }
    # Now it is day.
    rpc("omnichannel.channel", "write", [first.channel_id], {"calendar_id": False})
    missed["hours"] = ask()
    assert missed == dict.fromkeys(missed, False)
    rpc("omnichannel.channel", "write", [first.channel_id], {"calendar_id": hours})
    assert ask(), "it was still on"


def wait_for_rules(odoo):
    """Until rules have looked at all that happened."""
    wait_for(lambda: odoo.sql("SELECT count(*) FROM omnichannel_signal") == [(0,)], what="the rules")


def test_once_each_time_and_no_further(odoo, rpc, number, phones, mia, sign_in):
    mia.add(
        "Halt",
        "A customer writes",
        {"Text Contains": "halt", "Rules Below Are Left Out": True},
        [note("Noted: halt.")],
    )
    once = {"Text Contains": "again", "Once for Each Conversation": True}
    mia.add("Once", "A customer writes", once, [note("Noted: once.")])
    mia.add("Each time", "A customer writes", {"Text Contains": "again"}, [note("Noted: each time.")])
    customer = Customer(phones, number)
    customer.write("It rings again")
    anna = Inbox(sign_in("anna"), odoo)
    anna.open(customer)
    each, halt = anna.message("Noted: each time."), anna.message("Noted: halt.")
    expect(each).to_have_count(1)
    customer.write("And again")
    expect(each).to_have_count(2)
    customer.write("Halt it, it rings again")
    expect(halt).to_have_count(1)
    customer.write("Thanks, not again")
    expect(each).to_have_count(3)
    expect(anna.message("Noted: once.")).to_have_count(1)
    expect(halt).to_have_count(1)


# -- actions ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def smtp(odoo, rpc, server_factory):
    """The mail server by which Odoo sends."""
    server = Smtp()
    server.start()
    rpc("ir.mail_server", "create", sending("shop.example", server.port))
    yield server
    # A job of Odoo's would find it gone in the middle of a mail, and say so in the log.
    server_factory.stop()
    server.stop()


def make_server_action(rules, widget):
    """Make one where the rule asks for it, without developer mode: it gives the conversation a subject."""
    page = rules.page
    widget.locator("input").fill("Name the conversation")
    page.locator(".o-autocomplete--dropdown-item", has_text="Create and edit").click()
    form = page.locator(".modal", has_text="Create Server Action").last
    form.get_by_text("Update Record").click()
    form.locator(".o_field_widget[name=update_path] .o_model_field_selector").click()
    popover = page.locator(".o_model_field_selector_popover")
    rules.search_field(popover, "Subject").locator(".o_model_field_selector_popover_item_name").click()
    popover.wait_for(state="detached")
    form.locator(".o_field_widget[name=value] :is(input, textarea)").fill("Named by Odoo")
    form.locator(".o_form_button_save").click()
    expect(widget.locator("input")).to_have_value("Name the conversation")


def test_what_rules_do(odoo, rpc, number, phones, smtp, mia, admin, sign_in, screenshot):
    second = connected_number(odoo, phones, name="Second line")
    [sofie_id] = rpc("res.users", "search", [["login", "=", "sofie"]])
    rpc("omnichannel.team", "create", {"name": "Returns desk", "member_ids": [[6, 0, [sofie_id]]]})
    words = {"Text Contains": "everything"}
    mia.add(
        "Everything",
        "A customer writes",
        words | {"Time": "Within Business Hours"},
        [
            ("Give to a team", {"Team": "Returns desk"}),
            ("Add tags", {"Tags": ["Delivery", "Return"]}),
            ("Remove tags", {"Tags": ["Delivery"]}),
            ("Set the priority", {"New Priority": "Urgent"}),
            ("Set the state", {"New State": "Waiting for Customer"}),
            ("Write a note for colleagues", {"Note": "Noted: please call her.", "Mention": ["Sofie"]}),
            (
                "Plan an activity",
                {"Activity Type": "Call", "Summary": "Which colour?", "Person": "Sofie"},
            ),
            (
                "E-mail to",
                {
                    "Addresses": "store@depot.example",
                    "Subject": "{customer} sends it back",
                    "Message": "See it.",
                },
            ),
            ("Send a text to the customer", {"Canned Response": "delivery", "By": "Second line"}),
            ("Create a lead", {"Sales Team": "Pre-Sales", "Person": "Sofie"}),
            ("Create a task", {"Project": "Renovations", "Person": "Sofie"}),
        ],
    )
    screenshot(mia.page, "rule-actions")
    action = ("Run a server action", {"Server Action": make_server_action})
    admin.add("By Odoo", "A customer writes", words, [action])
    screenshot(admin.page, "rule-server-action")

    customer = Customer(phones, number)
    customer.number = second
    customer.write("Hello")
    # By two numbers, what is written later could come first.
    known = "SELECT 1 FROM omnichannel_identity WHERE address = %s"
    wait_for(lambda: odoo.sql(known, [f"+{customer.wa_id}"]), 60, what="the first words")
    customer.number = number
    customer.write("I send everything back")
    sofie = Inbox(sign_in("sofie"), odoo)
    waiting = sofie.page.locator(".o_search_panel_category_value", has_text="Waiting")
    waiting.locator("header").click()
    conversation = sofie.open(customer)
    sofie.message("Noted: please call her.").wait_for()
    title, card = sofie.page.locator(".o_omnichannel_title"), sofie.card(customer)
    expect(title).to_contain_text("Returns desk")
    expect(title).to_contain_text("Named by Odoo")
    expect(sofie.page.locator(".o_omnichannel_state")).to_have_attribute("data-state", "pending")
    expect(card).to_contain_text("Return")
    expect(card).not_to_contain_text("Delivery")
    screenshot(sofie.page, "rule-actions-thread")
    hers = odoo.rpc("sofie")
    [found] = hers("omnichannel.conversation", "read", [conversation], ["priority"])
    assert found["priority"] == "3", "urgent"
    # The mention, which Odoo mails her, and the activity are hers.
    [user] = rpc("res.users", "read", [sofie_id], ["email"])

    def mentions():
        bodies = [mail.message.get_body(("plain",)).get_content() for mail in smtp.to(user["email"])]
        return [body for body in bodies if "please call her" in body]

    wait_for(lambda: len(mentions()) == 1, 60, what="the mail about the mention")
    activity = [["res_model", "=", "omnichannel.conversation"], ["res_id", "=", conversation]]
    [planned] = hers("mail.activity", "search_read", activity, ["summary", "user_id"])
    assert (planned["summary"], planned["user_id"][0]) == ("Which colour?", sofie_id)
    # What left: a mail, and a text by the line that the rule names.
    [mail] = wait_for(lambda: smtp.to("store@depot.example"), 60, what="the mail")
    assert mail.message["Subject"] == f"{customer.name} sends it back"
    [sent] = wait_for(
        lambda: [send for send in phones.client.sends() if send["customer"] == customer.wa_id],
        what="the text",
    )
    assert sent["number_id"] == second.account
    assert sent["payload"]["text"]["body"].startswith("Your order will be delivered within")
    # And what was made of it elsewhere in Odoo.
    for model, field, place in (
        ("crm.lead", "team_id", "Pre-Sales"),
        ("project.task", "project_id", "Renovations"),
    ):
        of_it = [["description", "ilike", "I send everything back"]]
        [made] = rpc(model, "search_read", of_it, [field])
        assert made[field][1] == place


# -- orders, invoices, deliveries --------------------------------------------------


@pytest.fixture(scope="module")
def shop(rpc):
    """A product that is in store, and quotations without a PDF, whose program is not always there."""
    templates = rpc("mail.template", "search", [["model", "in", ["sale.order", "account.move"]]])
    rpc("mail.template", "write", templates, {"report_template_ids": [[5]]})
    [layout] = rpc("ir.ui.view", "search", [["key", "=", "web.external_layout_standard"]])
    rpc("res.company", "write", rpc("res.company", "search", []), {"external_report_layout_id": layout})
    values = {
        "name": "Bell",
        "type": "consu",
        "is_storable": True,
        "list_price": 10,
        "invoice_policy": "order",
    }
    template = rpc("product.template", "create", values)
    [product] = rpc("product.product", "search", [["product_tmpl_id", "=", template]])
    [user] = rpc("res.users", "read", [rpc.uid], ["company_id"])
    here = [["company_id", "=", user["company_id"][0]]]
    warehouse = rpc("stock.warehouse", "search_read", here, ["lot_stock_id"])[0]
    location = warehouse["lot_stock_id"][0]
    stock = {"product_id": product, "location_id": location, "inventory_quantity": 100}
    quant = rpc("stock.quant", "create", stock)
    rpc("stock.quant", "action_apply_inventory", [quant])
    return product


def make_order(rpc, product, quantity=3, **values):
    """A quotation for a customer with an address."""
    partner = rpc("res.partner", "create", {"name": "Olga Order", "email": "olga@customer.example"})
    line = [0, 0, {"product_id": product, "product_uom_qty": quantity}]
    return rpc("sale.order", "create", {"partner_id": partner, "order_line": [line], **values})


def press(page, name):
    """Press a button of the form, or of the dialog above it."""
    page.locator(f"button[name={name}]:visible").last.click()


def set_up_about_orders(rules, triggers):
    """A rule for each trigger, which leaves a note in the order's ticket."""
    for when in triggers:
        rules.add(when, when, ticket=TEAM, then=[note(f"Noted: {when}.")])


def expect_noted(odoo, page, order, triggers):
    """The order's ticket has a note of each, as soon as the jobs have run.

    :param triggers: {trigger: how often}
    """
    query = """SELECT c.id FROM omnichannel_conversation c
                 JOIN omnichannel_rule_run r ON r.conversation_id = c.id
                WHERE c.order_ticket_id = %s GROUP BY c.id HAVING count(DISTINCT r.reason) >= %s"""
    ran = [order, len(triggers)]
    [[ticket]] = odoo.wait_for_jobs(lambda: odoo.sql(query, ran), 30, "the rules in the order's ticket")
    page.goto(f"{odoo.url}/odoo/omnichannel.conversation/{ticket}")
    for when, times in triggers.items():
        message = page.locator(f'.o-mail-Message:has-text("Noted: {when}.")')
        expect(message).to_have_count(times, timeout=20_000)


def test_what_happens_to_an_order(odoo, rpc, smtp, shop, admin, screenshot):
    """Sent, signed in the portal, invoiced, paid, credited, cancelled: by Odoo's own buttons."""
    triggers = (
        "A quotation is sent",
        "A quotation is signed online",
        "A sales order is confirmed",
        "A sales order is cancelled",
        "An invoice is confirmed",
        "An invoice is paid",
        "A credit note is confirmed",
    )
    set_up_about_orders(admin, triggers)
    order, page = make_order(rpc, shop, require_payment=False), admin.page
    page.goto(f"{odoo.url}/odoo/sales/{order}")
    press(page, "action_quotation_send")
    page.locator(".modal .o_mail_send:enabled").click()
    page.locator(".modal").wait_for(state="detached")
    sign_in_the_portal(page, odoo, rpc, order)
    page.goto(f"{odoo.url}/odoo/sales/{order}")
    page.get_by_role("button", name="Create Invoice").first.click()
    page.locator(".modal button[name=create_invoices]").first.click()
    post_and_wait(page)
    press(page, "action_register_payment")
    press(page, "action_create_payments")
    page.locator(".modal").wait_for(state="detached")
    press(page, "action_reverse")
    press(page, "refund_moves")
    page.locator(".modal").wait_for(state="detached")
    post_and_wait(page)
    page.goto(f"{odoo.url}/odoo/sales/{order}")
    press(page, "action_cancel")
    page.locator(".modal .btn-primary").click()
    page.locator("button[name=action_draft]").wait_for()
    expect_noted(odoo, page, order, dict.fromkeys(triggers, 1))
    screenshot(page, "rule-order-ticket")


def test_an_invoice_is_overdue(odoo, rpc, shop, admin):
    when = "An invoice is overdue"
    set_up_about_orders(admin, [when])
    order, page = make_order(rpc, shop), admin.page
    page.goto(f"{odoo.url}/odoo/sales/{order}")
    press(page, "action_confirm")
    page.get_by_role("button", name="Create Invoice").first.click()
    page.locator(".modal button[name=create_invoices]").first.click()
    page.locator("button[name=action_post]:visible").wait_for()
    [found] = rpc("sale.order", "read", [order], ["invoice_ids"])
    long_ago = {
        "invoice_date": "2024-01-02",
        "invoice_payment_term_id": False,
        "invoice_date_due": "2024-01-31",
    }
    rpc("account.move", "write", found["invoice_ids"], long_ago)
    page.reload()
    post_and_wait(page)
    expect_noted(odoo, page, order, {when: 1})


def test_what_happens_to_a_delivery(odoo, rpc, shop, admin, screenshot):
    """Confirmed too late, sent in two parts, and one part sent back: by Odoo's own buttons."""
    begins = {"A delivery is ready": 1, "A delivery is late": 1}
    goes_on = {
        "A delivery is split: the rest follows": 1,
        "A delivery has left": 1,
        "A return has come in": 1,
    }
    for when in begins | goes_on:
        once = {"Once for Each Conversation": when == "A delivery is late"}
        admin.add(when, when, once, ticket=TEAM, then=[note(f"Noted: {when}.")])
    page = admin.page
    order = make_order(rpc, shop, commitment_date="2024-01-02 09:00:00")
    page.goto(f"{odoo.url}/odoo/sales/{order}")
    press(page, "action_confirm")
    page.locator("button[name=action_view_delivery]").wait_for()
    expect_noted(odoo, page, order, begins)
    page.goto(f"{odoo.url}/odoo/sales/{order}")
    press(page, "action_view_delivery")
    page.locator(".o_field_widget[name=move_ids] td[name=quantity]").click()
    page.locator(".o_field_widget[name=move_ids] td[name=quantity] input").fill("1")
    press(page, "button_validate")
    press(page, "process")
    page.locator(".modal").wait_for(state="detached")
    page.get_by_role("button", name="Return", exact=True).click()
    press(page, "action_create_returns_all")
    page.locator(".modal").wait_for(state="detached")
    press(page, "button_validate")
    page.locator("button[name=button_validate]:visible").wait_for(state="detached")
    screenshot(page, "rule-return")
    expect_noted(odoo, page, order, goes_on)


def post_and_wait(page):
    """Confirm an invoice or a credit note."""
    press(page, "action_post")
    page.locator("button[name=action_post]:visible").wait_for(state="detached")


def sign_in_the_portal(page, odoo, rpc, order):
    """What the customer does with the link in the quotation's mail, in a browser of their own."""
    [quotation] = rpc("sale.order", "read", [order], ["access_token"])
    context = new_context(page.context.browser)
    portal = context.new_page()
    portal.goto(f"{odoo.url}/my/orders/{order}?access_token={quotation['access_token']}", timeout=90_000)
    portal.locator('a[data-bs-target="#modalaccept"]:visible').first.click()
    portal.locator("#modalaccept .o_portal_sign_submit:enabled").click()
    portal.wait_for_url("**message=sign_ok**", timeout=90_000)
    context.close()
