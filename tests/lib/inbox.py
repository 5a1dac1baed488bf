"""The inbox in a browser: what agents look at and press."""

import contextlib
import itertools
import time

from playwright.sync_api import TimeoutError as PlaywrightTimeout

INPUT = ".o_omnichannel_composer .o-mail-Composer-input"
SEND = ".o_omnichannel_composer .o-mail-Composer-send"
_phones = itertools.count(31655510001)
_names = itertools.count(1)


class Customer:
    """Somebody with a phone who has not written before."""

    def __init__(self, phones, number):
        self.phones = phones
        self.number = number
        self.wa_id = str(next(_phones))
        # Ends with a letter: on a card the time follows at once, and "Customer1" at 11:30 is no Customer11.
        self.name = f"Customer{next(_names)}x"

    def write(self, body, ago=0):
        """Send a message; `ago` seconds back, as it happens after an outage."""
        values = {"timestamp": time.time() - ago} if ago else {}
        self.phones.client.write(
            self.number.account, {"wa_id": self.wa_id, "name": self.name}, body, **values
        )

    @property
    def received(self):
        """The texts that have reached the phone."""
        return [
            send["payload"]["text"]["body"]
            for send in self.phones.client.sends()
            if send["customer"] == self.wa_id
        ]


class Inbox:
    """An agent's window with the inbox in it."""

    def __init__(self, page, odoo):
        self.page = page
        self.odoo = odoo
        # The first page of a database waits for its styles to be put together.
        page.goto(f"{odoo.url}/odoo/inbox", timeout=90_000)
        page.locator(".o_omnichannel_inbox").wait_for()

    def card(self, customer):
        return self.page.locator(f'.o_omnichannel_card:has-text("{customer.name}")')

    def open(self, customer):
        """Open the customer's conversation as soon as it is there, and return its id."""
        conversation = self.page.locator(
            f'.o_omnichannel_conversation:has(.o_omnichannel_title:has-text("{customer.name}"))'
        )
        for _click in range(3):
            self.card(customer).click(timeout=30_000)
            # The list may move while the mouse is pressed, as for people, who click again.
            with contextlib.suppress(PlaywrightTimeout):
                conversation.wait_for(timeout=10_000)
                break
        self.page.locator(".o-mail-Message").first.wait_for()
        return int(conversation.get_attribute("data-conversation"))

    def message(self, text):
        return self.page.locator(f'.o-mail-Message:has-text("{text}")')

    def write(self, text):
        self.page.locator(INPUT).fill(text)

    def draft(self):
        return self.page.locator(INPUT).input_value()

    def send(self):
        self.page.locator(SEND).click()

    def answer(self, text):
        self.write(text)
        self.send()
        self.message(text).wait_for()

    def tick(self, text, state):
        """Wait until our message has that tick."""
        tick = f'.o_omnichannel_tick[data-state="{state}"]'
        self.message(text).locator(tick).wait_for(timeout=30_000)

    def folder_count(self, folder):
        """The number beside a folder on the left; 0 when there is none."""
        counter = self.page.locator(
            f'.o_omnichannel_folders .o_search_panel_category_value:has-text("{folder}")'
            " .o_search_panel_counter"
        )
        return int(counter.inner_text()) if counter.count() else 0

    def systray_count(self):
        # In one look: it disappears with the last unread message.
        shown = self.page.locator(".o_omnichannel_counter").all_inner_texts()
        return int(shown[0]) if shown else 0
