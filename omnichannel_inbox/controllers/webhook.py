import logging

from werkzeug.exceptions import BadRequest

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..models.omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)

MAX_BODY = 3 * 1024 * 1024
MAX_TRIES = 50


class OmnichannelWebhook(http.Controller):
    """Where providers deliver: verify, write down, answer. Everything else is the worker's."""

    @http.route(
        "/omnichannel/webhook/<string:token>",
        type="http",
        auth="none",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def webhook(self, token, **params):
        # A provider has no user. The token finds the channel, the signature proves the sender.
        env = request.env(user=SUPERUSER_ID, su=True)
        handle = self._verification if request.httprequest.method == "GET" else self._delivery
        for _attempt in range(MAX_TRIES):
            try:
                status, text = handle(env, token, params)
                env.cr.flush()
                return request.make_response(text, status=status, headers=[("Content-Type", "text/plain")])
            except TRANSIENT_ERRORS:
                # The same body came twice at once. Odoo's own retry would sleep for seconds.
                env.cr.rollback()
        return request.make_response("Try again", status=503)

    def _verification(self, env, token, params):
        channel = env["omnichannel.channel"]._of_webhook_token(token)
        if not channel:
            return self._reject(env, channel, 404, "unknown address")
        answer = channel._adapter()._webhook_get(channel, params)
        if answer is None:
            return self._reject(env, channel, 403, "wrong verify token")
        return 200, answer

    def _delivery(self, env, token, params):
        if (request.httprequest.content_length or 0) > MAX_BODY:
            return self._reject(env, env["omnichannel.channel"], 413, "body too large")
        channel = env["omnichannel.channel"]._of_webhook_token(token)
        if not channel:
            return self._reject(env, channel, 404, "unknown address")
        try:
            raw = request.httprequest.get_data(cache=True)
        except BadRequest:
            return self._reject(env, channel, 400, "broken body")
        if len(raw) > MAX_BODY:
            return self._reject(env, channel, 413, "body too large")
        verified = channel._adapter()._verify(channel, raw, request.httprequest.headers)
        if verified is None:
            return self._reject(env, channel, 401, "missing signature")
        if not verified:
            return self._reject(env, channel, 403, "wrong signature")
        env["omnichannel.event"]._journal(channel, raw)
        return 200, "OK"

    def _reject(self, env, channel, status, why):
        """Refuse; only a count of it is stored."""
        _logger.warning("Webhook refused (%s) for channel %s: %s", status, channel.id or "-", why)
        env["omnichannel.daily_total"]._count_rejected(channel)
        return status, why
