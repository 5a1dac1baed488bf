"""An address that is connected to a mail provider, as an administrator connects it."""

from emulators.mail import PASSWORD


def connect_mailbox(rpc, address, imap_port, smtp_port, mailbox=None, **values):
    """A tested e-mail channel: its id, and that of the mailbox which Odoo reads.

    :param rpc: an administrator's session
    :param mailbox: what is different with the mailbox, such as POP
    :param values: further fields of the channel
    """
    [server] = rpc("fetchmail.server", "create", [incoming(address, imap_port) | (mailbox or {})])
    [outgoing] = rpc("ir.mail_server", "create", [sending(address, smtp_port)])
    channel = {
        "name": "Shop",
        "channel_type": "email",
        "address": address,
        "fetchmail_server_id": server,
        "mail_server_id": outgoing,
    }
    [channel_id] = rpc("omnichannel.channel", "create", [channel | values])
    rpc("omnichannel.channel", "action_test_connection", [channel_id])
    return {"id": channel_id, "server": server}


def incoming(address, port):
    """Values of Odoo's incoming mail server."""
    return {
        "name": address,
        "server_type": "imap",
        "server": "127.0.0.1",
        "port": port,
        "user": address,
        "password": PASSWORD,
    }


def sending(address, port):
    """Values of Odoo's outgoing mail server."""
    return {"name": address, "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
