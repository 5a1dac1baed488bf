"""The live chat's widget in a visitor's browser, and the chat that an administrator has set up."""

from tests.lib.livechat import LiveChat
from tests.lib.waiting import wait_for


class SetUpChat(LiveChat):
    """A live chat whose conversations are the customer service's; its agent is no operator of Odoo's."""

    agent = "anna"

    def __init__(self, odoo, name="Web shop", **values):
        self.admin = odoo.rpc()
        [team] = self.admin("omnichannel.team", "search", [["name", "=", "Customer Service"]])
        super().__init__(odoo, name, **{"team_id": team, **values})

    @property
    def code(self):
        """What an administrator pastes into the pages of another website."""
        return self.read("livechat_code")

    def read(self, name):
        [found] = self.admin("omnichannel.channel", "read", [self.channel_id], [name])
        return found[name]

    def write(self, **values):
        self.admin("omnichannel.channel", "write", [self.channel_id], values)

    def journalled(self):
        """How many rows the journal has of this channel."""
        [(count,)] = self.odoo.sql(
            "SELECT count(*) FROM omnichannel_event WHERE channel_id = %s", [self.channel_id]
        )
        return count

    def conversation(self, text):
        """The id of the conversation in which a visitor has written this, once it is there."""
        query = """SELECT c.id FROM omnichannel_conversation c
                     JOIN mail_message m ON m.res_id = c.id AND m.model = 'omnichannel.conversation'
                    WHERE m.body LIKE %s ORDER BY c.id DESC LIMIT 1"""
        return wait_for(
            lambda: self.odoo.sql(query, [f"%{text}%"]), timeout=60, what=f"a conversation with {text!r}"
        )[0][0]


class ChatWindow:
    """A page of a website in a visitor's browser, with the chat in its corner."""

    def __init__(self, page, address):
        self.page = page
        self.console, self.refused, self.fetched, self.errors = [], [], [], []
        page.on("console", lambda line: self.console.append(line.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("response", self._note)
        page.goto(address)

    def _note(self, response):
        self.fetched.append(response.url)
        if response.status == 403:
            self.refused.append(response.url)

    def wait_for(self, condition, what):
        """Wait for what the browser tells us: it does so only while we speak with it."""

        def look():
            self.page.wait_for_timeout(50)
            return condition()

        return wait_for(look, timeout=60, what=what)

    @property
    def button(self):
        return self.page.locator(".o-livechat-LivechatButton")

    @property
    def window(self):
        return self.page.locator(".o-mail-ChatWindow")

    @property
    def thread(self):
        return self.page.locator(".o-mail-ChatWindow .o-mail-Thread")

    def open(self):
        """Press the button in the corner. The first page of a database waits for its scripts."""
        self.button.click(timeout=90_000)
        self.window.wait_for()

    def say(self, text):
        """Write in the chat's window, and wait until it stands there as said."""
        field = self.page.locator(".o-mail-ChatWindow .o-mail-Composer-input")
        field.fill(text)
        field.press("Enter")
        self.thread.locator(f'.o-mail-Message:has-text("{text}")').first.wait_for()
