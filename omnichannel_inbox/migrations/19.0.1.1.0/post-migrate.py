def migrate(cr, version):
    """Texts that had been stopped for all companies at once stay stopped in each of them."""
    key = "omnichannel_inbox.automatic_texts_stopped"
    cr.execute(
        """UPDATE res_company SET omnichannel_texts_stopped_date = p.write_date,
                                  omnichannel_texts_stopped_user_id = p.write_uid
             FROM ir_config_parameter p WHERE p.key = %s AND p.value = 'True'""",
        [key],
    )
    cr.execute("DELETE FROM ir_config_parameter WHERE key = %s", [key])
