from odoo.addons.omnichannel_livechat.tests.common import LivechatCase


class WebsiteChatCase(LivechatCase):
    """A website with a connected live chat."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.website.channel_id = cls.livechat

    def look_at(self, path, title="A page"):
        """The visitor's browser tells where it is, as it does with Odoo's own question on each page."""
        page = ["omnichannel_page", {"path": path, "title": title}]
        return self.make_jsonrpc_request(
            "/mail/action", {"fetch_params": [["init_livechat", self.livechat.id], page]}
        )

    def visit(self, user=None):
        """What an agent is shown of the visitor."""
        return self.conversation().with_user(user or self.agent).get_customer_panel()["visit"]

    def paths(self):
        return [page["path"] for page in self.visit()["pages"]]
