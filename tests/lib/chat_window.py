"""The live chat's window on a page in a visitor's browser, and the chat that an administrator has set up."""

from tests.lib.livechat import LiveChat
from tests.lib.waiting import wait_for

SOON = 60_000  # ms: several jobs after one another, on a busy machine
FIRST = 90_000  # ms: the first page of a database waits for its scripts


class SetUpChat(LiveChat):
    """A live chat whose settings a test changes. Its conversations are the customer service's, and its agent
    is no operator of Odoo's."""

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

    def conversation(self, text):
        """The id of the conversation in which a visitor has written this, once it is there."""
        query = """SELECT res_id FROM mail_message
                    WHERE model = 'omnichannel.conversation' AND body LIKE %s ORDER BY id DESC LIMIT 1"""
        return wait_for(
            lambda: self.odoo.sql(query, [f"%{text}%"]), timeout=60, what=f"a conversation with {text!r}"
        )[0][0]

    def assigned(self, text):
        """As `conversation`, once its agent has it: an inbox that is opened then shows it so."""
        conversation = self.conversation(text)
        query = """SELECT 1 FROM omnichannel_conversation c JOIN res_users u ON u.id = c.user_id
                    WHERE c.id = %s AND u.login = %s"""
        wait_for(lambda: self.odoo.sql(query, [conversation, self.agent]), 90, what="the assignment")
        return conversation

    def count(self, text):
        """How many messages of conversations hold these words."""
        [(count,)] = self.odoo.sql(
            "SELECT count(*) FROM mail_message WHERE model = 'omnichannel.conversation' AND body LIKE %s",
            [f"%{text}%"],
        )
        return count

    def journalled(self):
        """How many rows the journal has of this channel."""
        [(count,)] = self.odoo.sql(
            "SELECT count(*) FROM omnichannel_event WHERE channel_id = %s", [self.channel_id]
        )
        return count

    def pending(self):
        """What the journal holds that nothing has been made of yet."""
        return self.odoo.sql("SELECT id FROM omnichannel_event WHERE state = 'pending'")

    def answer(self, conversation, text):
        self.odoo.rpc(self.agent)(
            "omnichannel.conversation",
            "message_post",
            [conversation],
            body=text,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )


class ChatWindow:
    """A page of a website in a visitor's browser, with the chat in its corner."""

    def __init__(self, page, address):
        self.page = page
        self.console, self.refused, self.fetched, self.errors = [], [], [], []
        page.on("console", lambda line: self.console.append(line.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("response", self._note)
        page.goto(address, timeout=FIRST)

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
    def header(self):
        return self.page.locator(".o-mail-ChatWindow-header")

    @property
    def thread(self):
        return self.page.locator(".o-mail-ChatWindow .o-mail-Thread")

    @property
    def composer(self):
        return self.page.locator(".o-mail-ChatWindow .o-mail-Composer-input")

    def message(self, text):
        return self.thread.locator(f'.o-mail-Message:has-text("{text}")')

    def open(self):
        """Press the button in the corner."""
        self.button.click(timeout=FIRST)
        self.window.wait_for()

    def say(self, text):
        """Write in the chat's window, and wait until it stands there as said."""
        self.composer.fill(text)
        self.composer.press("Enter")
        self.message(text).first.wait_for()

    def leave(self):
        """End the chat."""
        self.header.locator('[title*="Close"]').click()
        self.page.locator(".o-livechat-CloseConfirmation-leave").click()
