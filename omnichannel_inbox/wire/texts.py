"""Texts of the wire that a person may read.

The wire knows no language. Its texts are English sentences without values in them; marking them lets Odoo's
exporter find them, and the adapter puts them into the reader's language (``_in_words``).
"""


def _(text):
    """Mark a text for translation; it stays as it is."""
    return text
