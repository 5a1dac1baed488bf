"""Mailboxes of providers at whose own page one signs in: what Odoo's add-ons for them are called by."""

from typing import NamedTuple

from odoo import _
from odoo.exceptions import RedirectWarning


class SignIn(NamedTuple):
    """``token`` is the field of a server that is empty until somebody has signed in."""

    provider: str
    token: str
    opener: str
    client: str
    callback: str


# By the server type of a mailbox, which is the way to authenticate of an outgoing server.
SIGN_INS = {
    "gmail": SignIn(
        "Google",
        "google_gmail_refresh_token",
        "open_google_gmail_uri",
        "google_gmail_client",
        "/google_gmail/confirm",
    ),
    "outlook": SignIn(
        "Microsoft",
        "microsoft_outlook_refresh_token",
        "open_microsoft_outlook_uri",
        "microsoft_outlook_client",
        "/microsoft_outlook/confirm",
    ),
}


def awaited_sign_in(server, kind):
    """The ``SignIn`` that a server of this kind still waits for, or None. The add-ons may be there or not."""
    found = SIGN_INS.get(kind)
    return found if found and found.token in server._fields and not server[found.token] else None


def open_sign_in(server, found):
    """The action that leads to the provider's page and, from there, back to the server's form.

    :raise RedirectWarning: the provider does not know this Odoo yet
    """
    parameters = server.env["ir.config_parameter"].sudo()
    if not all(parameters.get_param(f"{found.client}_{part}") for part in ("id", "secret")):
        raise RedirectWarning(
            _(
                "%(provider)s has to know this Odoo first. Register an app there, with the redirect address "
                "%(callback)s, and enter its ID and secret in Odoo's settings, under Emails.",
                provider=found.provider,
                callback=server.get_base_url() + found.callback,
            ),
            server.env.ref("base_setup.action_general_configuration").id,
            _("Open Settings"),
        )
    return getattr(server, found.opener)()
