"""The chat's window on a page, in a visitor's browser."""

from tests.lib.livechat import LiveChat
from tests.lib.waiting import wait_for


class SetUpChat(LiveChat):
    """A live chat whose settings a test changes, and whose agent answers from wherever they are."""

    agent = "anna"

    def write(self, **values):
        self.odoo.rpc()("omnichannel.channel", "write", [self.channel_id], values)

    def conversation(self, text):
        """The id of the conversation in which a visitor has written this, once it is there."""
        query = """SELECT res_id FROM mail_message
                    WHERE model = 'omnichannel.conversation' AND body LIKE %s ORDER BY id DESC LIMIT 1"""
        return wait_for(
            lambda: self.odoo.sql(query, [f"%{text}%"]), timeout=60, what=f"a conversation with {text!r}"
        )[0][0]

    def count(self, text):
        """How many messages of conversations hold these words."""
        [(count,)] = self.odoo.sql(
            "SELECT count(*) FROM mail_message WHERE model = 'omnichannel.conversation' AND body LIKE %s",
            [f"%{text}%"],
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


class Widget:
    """A page with the chat in its corner; `errors` has JavaScript errors."""

    def __init__(self, page, address):
        self.page = page
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address, timeout=90_000)

    @property
    def button(self):
        return self.page.locator(".o-livechat-LivechatButton")

    @property
    def composer(self):
        return self.page.locator(".o-mail-ChatWindow .o-mail-Composer-input")

    def message(self, text):
        return self.page.locator(f'.o-mail-ChatWindow .o-mail-Message:has-text("{text}")')

    def open(self):
        """Press the button in the corner. The first page of a database waits for its scripts."""
        self.button.click(timeout=90_000)
        self.page.locator(".o-mail-ChatWindow").wait_for()

    def say(self, text):
        """Write in the chat's window, and wait until it stands there as said."""
        self.composer.fill(text, timeout=30_000)
        self.composer.press("Enter")
        self.message(text).first.wait_for()
