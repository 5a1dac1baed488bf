from odoo import models

PAGES = 5


class OmnichannelConversation(models.Model):
    """What the panel beside a conversation shows of a visitor of the website."""

    _inherit = "omnichannel.conversation"

    def get_customer_panel(self):
        return super().get_customer_panel() | {"visit": self._panel_visit()}

    def get_visit(self):
        """What the panel shows of the visitor; asked for again as they walk on."""
        self.ensure_one()
        self.check_access("read")
        return self._panel_visit()

    def _panel_visit(self):
        """Where the visitor of the conversation's newest session is, or False.

        Shown to whoever may read the conversation, who need no right to the website.
        """
        session = self._visited_session()
        visits = self.env["omnichannel.visit"].sudo().search([("session_id", "=", session.id)], limit=PAGES)
        visitor = session.livechat_visitor_id
        if not visits and not visitor:
            return False
        return {
            "is_here": not session.livechat_end_dt,
            "pages": [visit._panel_page() for visit in visits],
            "country": (visitor.country_id or session.country_id).name,
            "language": (visitor.lang_id or session.livechat_lang_id).name,
            "device": visits[:1].device,
            "visit_count": visitor.visit_count,
        }

    def _visited_session(self):
        """The newest session that is part of this conversation, for the system; or none."""
        return (
            self.env["discuss.channel"]
            .sudo()
            .search([("omnichannel_conversation_id", "=", self.id)], order="id DESC", limit=1)
        )
