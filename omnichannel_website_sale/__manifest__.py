{
    "name": "Omnichannel Web Shop",
    "summary": "Rules about orders placed in the web shop and carts that were left there",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox", "website_sale"],
    "data": ["data/omnichannel_rule_data.xml"],
    "auto_install": True,
}
