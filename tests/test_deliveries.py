"""A delivery leaves by its *Validate* button, and the customer hears of it, with the address to follow it."""

import pytest

from tests.lib import database
from tests.lib.inbox import Customer
from tests.lib.waiting import wait_for

RULE = "Delivery on its way: tell the customer"
LINK = "https://parcels.example/follow/<shipmenttrackingnumber>"


@pytest.fixture(scope="module")
def db(cluster):
    """A database with the add-ons, and with Odoo's Inventory and its carriers."""
    with database.copied(database.bridges_template()) as name:
        yield name


@pytest.fixture(scope="module")
def rpc(odoo):
    # Odoo asks once whether it may send SMS for deliveries, too.
    odoo.sql("UPDATE res_company SET has_received_warning_stock_sms = true")
    return odoo.rpc()


@pytest.fixture(scope="module")
def carrier(rpc, odoo):
    """A carrier that the shop's administrator set up with its page to follow parcels."""
    assert odoo.sql("SELECT 1 FROM ir_module_module WHERE name = 'stock_delivery' AND state = 'installed'")
    [product] = rpc("product.product", "create", [{"name": "Shipping", "type": "service"}])
    values = {"name": "Parcels", "product_id": product, "tracking_url": LINK}
    return rpc("delivery.carrier", "create", [values])[0]


@pytest.fixture(scope="module", autouse=True)
def rule(rpc):
    """The rule that comes along, switched on for what happens from now on."""
    [rule] = rpc("omnichannel.rule", "search", [["name", "=", RULE], ["active", "=", False]])
    rpc("omnichannel.rule", "action_switch_on", [rule])
    rpc("omnichannel.rule", "write", [rule], {"active": True, "state": "running"})


@pytest.fixture(scope="module")
def product(odoo, rpc):
    """Something that lies in the warehouse, so that its deliveries are ready at once."""
    [product] = rpc("product.product", "create", [{"name": "Bell", "is_storable": True}])
    [[place]] = odoo.sql("SELECT lot_stock_id FROM stock_warehouse ORDER BY sequence, id LIMIT 1")
    values = {"product_id": product, "location_id": place, "inventory_quantity": 10}
    rpc("stock.quant", "action_apply_inventory", rpc("stock.quant", "create", [values]))
    return product


@pytest.fixture
def customer(phones, number, rpc, odoo):
    """Somebody known by their number, who wrote by WhatsApp and can be answered there."""
    customer = Customer(phones, number)
    rpc("res.partner", "create", [{"name": customer.name, "phone": f"+{customer.wa_id}"}])
    customer.write("I have ordered a bell")
    known = "SELECT partner_id FROM omnichannel_identity WHERE address = %s AND partner_id IS NOT NULL"
    [[customer.partner]] = wait_for(lambda: odoo.sql(known, [f"+{customer.wa_id}"]), what="the customer")
    return customer


def order_of(rpc, customer, product):
    """A confirmed order of the customer's: its name, and the delivery that is ready to leave."""
    line = [0, 0, {"product_id": product}]
    orders = rpc("sale.order", "create", [{"partner_id": customer.partner, "order_line": [line]}])
    rpc("sale.order", "action_confirm", orders)
    [order] = rpc("sale.order", "read", orders, ["name", "picking_ids"])
    return order["name"], order["picking_ids"][0]


def validate(page, odoo, picking, tracking=None):
    """Let the delivery leave, as who packs it does; its parcel may have a number."""
    page.goto(f"{odoo.url}/odoo/deliveries/{picking}", timeout=90_000)
    page.locator(".o_form_view button[name=button_validate]").first.wait_for()
    if tracking:
        page.get_by_role("tab", name="Additional Info").click()
        page.locator(".o_field_widget[name=carrier_tracking_ref] input").fill(tracking)
    page.locator(".o_form_view button[name=button_validate]:visible").first.click()
    state = "SELECT state FROM stock_picking WHERE id = %s"
    wait_for(lambda: odoo.sql(state, [picking]) == [("done",)], what="the delivery having left")


def test_the_customer_gets_the_link(odoo, rpc, sign_in, customer, product, carrier, screenshot):
    name, picking = order_of(rpc, customer, product)
    # As it comes from the order's shipping method.
    rpc("stock.picking", "write", [picking], {"carrier_id": carrier})
    page = sign_in("admin")
    validate(page, odoo, picking, "3SABC123")
    [text] = wait_for(lambda: customer.received, 30, what="the text on the phone")
    assert text == (
        f"Hello {customer.name}, your order {name} is on its way. Follow it here: "
        "https://parcels.example/follow/3SABC123 Is anything not as you expected? Just answer this message."
    )
    [[ticket]] = odoo.sql(
        """SELECT c.id FROM omnichannel_conversation c JOIN sale_order o ON o.id = c.order_ticket_id
            WHERE o.name = %s""",
        [name],
    )
    page.goto(f"{odoo.url}/odoo/inbox")
    page.goto(f"{odoo.url}/odoo/omnichannel.conversation/{ticket}")
    page.locator(".o-mail-Message", has_text="3SABC123").first.wait_for()
    screenshot(page, "delivery-tracking")


def test_without_a_carrier_the_text_reads_well(odoo, rpc, sign_in, customer, product):
    name, picking = order_of(rpc, customer, product)
    validate(sign_in("admin"), odoo, picking)
    [text] = wait_for(lambda: customer.received, 30, what="the text on the phone")
    assert text == (
        f"Hello {customer.name}, your order {name} is on its way. Is anything not as you expected? "
        "Just answer this message."
    )
