import re
from datetime import timedelta

from werkzeug.exceptions import HTTPException, NotFound

from odoo import api, fields, models
from odoo.http import request

from odoo.addons.omnichannel_inbox.tools import delete_some

KEPT = timedelta(days=7)
KEPT_OF_SESSION = 20
# An address on this website without what follows a question mark, in which there may be secrets.
_PATH = re.compile(r"/(?![/\\])[^\s?#\\\x00-\x1f]{0,500}")
TITLE_LENGTH = 150


class OmnichannelVisit(models.Model):
    """A page of the website that a visitor has looked at while they had a chat.

    Only agents who have their conversation are shown it, and nobody for long. Rows are made by the visitor's
    own requests: a table of its own, so that walking on and chatting never wait for each other.
    """

    _name = "omnichannel.visit"
    _description = "Page Seen in a Live Chat"
    _order = "id DESC"
    _log_access = False

    session_id = fields.Many2one("discuss.channel", required=True, index=True, ondelete="cascade")
    website_id = fields.Many2one("website", required=True, ondelete="cascade")
    path = fields.Char(required=True)
    title = fields.Char()
    device = fields.Char()
    at = fields.Datetime(required=True, index=True)

    @api.model
    def _note(self, page):
        """Write down where the visitor who sends this request is, if they have a chat.

        :param page: what their browser says; what cannot be meant is left out
        """
        path, title = (page.get("path"), page.get("title")) if isinstance(page, dict) else (None, None)
        if not isinstance(path, str) or not isinstance(title, str) or not _PATH.fullmatch(path):
            return
        session = self.env["discuss.channel"]._omnichannel_of_request()
        if session and self._is_page(path):
            self.sudo()._add(session, {"path": path, "title": title[:TITLE_LENGTH].strip()})

    def _add(self, session, page):
        """Keep a page of a session, as the newest one; one that is loaded again is the same."""
        seen = self.search([("session_id", "=", session.id)])
        values = page | self._values_of_request()
        if seen[:1].path == page["path"]:
            seen[:1].write(values)
        else:
            now = fields.Datetime.now()
            self.create({"session_id": session.id, "at": now, **values})
            seen[KEPT_OF_SESSION - 1 :].unlink()
        self._tell(session)

    @api.model
    def _values_of_request(self):
        """What the server knows of whoever sends this request."""
        agent = request.httprequest.user_agent
        return {
            "website_id": self.env["website"].get_current_website().id,
            "device": ", ".join(word.capitalize() for word in (agent.platform, agent.browser) if word),
        }

    @api.model
    def _tell(self, session):
        """Let those know who have the conversation before them: they fetch it under their own rights."""
        if conversation := session.omnichannel_conversation_id:
            conversation._bus_send("omnichannel/visit", {"conversation": conversation.id})

    @api.model
    def _is_page(self, path):
        """Whether it is a page of the website: an agent who opens it must see it, and do nothing else."""
        codes = {language.url_code for language in self.env["res.lang"]._get_frontend().values()}
        first, _slash, rest = path[1:].partition("/")
        plain = f"/{rest}" if first in codes else path
        try:
            endpoint, _values = self.env["ir.http"].routing_map().bind("").match(plain, method="GET")
        except NotFound:
            return True  # it has no program: the website's editor made it
        except HTTPException:
            return False
        # Logging out is a page of the website's for Odoo.
        return bool(endpoint.routing.get("website")) and not plain.startswith("/web/")

    def _panel_page(self):
        """A page as the panel beside the conversation shows it."""
        return {
            "id": self.id,
            "title": self.title,
            "path": self.path,
            "url": self.website_id.get_base_url() + self.path,
            "at": fields.Datetime.to_string(self.at),
        }

    @api.autovacuum
    def _gc_visits(self):
        return delete_some(self, [("at", "<", fields.Datetime.now() - KEPT)])
