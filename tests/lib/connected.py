"""A number that is connected to a running emulator, as an administrator connects it to Meta."""

from tests.lib.number import BUSINESS, SECRET, Number


def connected_number(odoo, phones, **values):
    """A WhatsApp number of `odoo` whose messages go to and come from the emulator `phones`."""
    number = Number(odoo, whatsapp_api_url=phones.url, **values)
    client = phones.client
    client.add_account(waba_id=BUSINESS, token="token", app_secret=SECRET)
    client.set_callback(BUSINESS, number.url, verify=False)
    client.add_number(BUSINESS, "+31 20 123 4567", id=number.account)
    return number
