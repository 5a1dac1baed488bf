"""What several models need and none of them owns."""


def selection_label(record, field_name):
    """The selected value as a person reads it; empty when there is none."""
    if not (value := record[field_name]):
        return ""
    return dict(record._fields[field_name]._description_selection(record.env))[value]


def readable_name(record):
    """What a record is called; empty if it is gone, or its reader may not know it.

    An administrator of conversations may have nothing to do with orders.
    """
    record = record.exists()
    return record.display_name if record and record.has_access("read") else ""


def delete_some(model, domain, limit=1000):
    """Delete some of the records that fit, for a method with ``@api.autovacuum``.

    :return: how many, and whether there may be more: Odoo calls such a method again as long as it says so
    """
    found = model.search(domain, limit=limit)
    found.unlink()
    return len(found), len(found) == limit


def is_neutralized(env):
    """Whether this is a copy of a production database, from which nothing may leave."""
    # No secret, and everybody's business who sends something.
    return bool(env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))
