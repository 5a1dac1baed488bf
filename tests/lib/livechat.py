"""A website's live chat that is connected, and visitors who come to it by HTTP as their browsers do."""

import itertools

import requests

_numbers = itertools.count(1)


class LiveChat:
    """A live chat of Odoo's that is a channel of the inbox."""

    def __init__(self, odoo, name=None, **values):
        self.odoo = odoo
        self.name = name or f"Shop chat {next(_numbers)}"
        rpc = odoo.rpc()
        self.id = rpc("im_livechat.channel", "create", {"name": self.name})
        [team] = rpc("omnichannel.team", "search", [], limit=1, order="id")
        self.channel_id = rpc(
            "omnichannel.channel",
            "create",
            {
                "name": self.name,
                "channel_type": "livechat",
                "livechat_channel_id": self.id,
                "team_id": team,
                **values,
            },
        )

    @property
    def page(self):
        """Where a visitor finds it."""
        return f"{self.odoo.url}/im_livechat/support/{self.id}"


class Visitor:
    """Somebody who chats, with the cookies that their browser keeps."""

    def __init__(self, chat, url=None):
        self.chat = chat
        self.url = url or chat.odoo.url
        self.browser = requests.Session()
        self.session = None
        self.guest_id = None

    def request(self, path, timeout=30, **params):
        """A request as the widget makes it.

        :raise requests.RequestException: there was no answer
        :raise AssertionError: the server refused
        """
        answer = self.browser.post(self.url + path, json={"params": params}, timeout=timeout)
        answer.raise_for_status()
        content = answer.json()
        assert "error" not in content, content
        return content.get("result")

    def come(self, **params):
        """Open the chat; returns the session's id."""
        found = self.request("/im_livechat/get_session", channel_id=self.chat.id, persisted=True, **params)
        self.session = found["channel_id"]
        token = found["store_data"]["Store"].get("guest_token")
        if token:
            # The widget keeps it as a cookie.
            self.browser.cookies["dgid"] = token
            self.guest_id = int(token.partition("|")[0])
        return self.session

    def call_oneself(self, name):
        """Say one's name, as the widget lets guests do."""
        self.request("/mail/guest/update_name", guest_id=self.guest_id, name=name)

    def say(self, text, **values):
        """Write something; returns the id of the message."""
        return self.request(
            "/mail/message/post",
            thread_model="discuss.channel",
            thread_id=self.session,
            post_data={"body": text, "message_type": "comment", **values},
        )["message_id"]

    def texts(self):
        """What the session shows, oldest first: (author's name, text)."""
        return self.chat.odoo.sql(
            """SELECT COALESCE(p.name, g.name), regexp_replace(m.body, '<[^>]*>', '', 'g')
                 FROM mail_message m LEFT JOIN res_partner p ON p.id = m.author_id
                 LEFT JOIN mail_guest g ON g.id = m.author_guest_id
                WHERE m.model = 'discuss.channel' AND m.res_id = %s AND m.message_type = 'comment'
             ORDER BY m.id""",
            [self.session],
        )
