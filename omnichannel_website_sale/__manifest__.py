{
    "name": "Omnichannel Web Shop",
    "summary": "Rules about orders and carts of the web shop; its products are sent as cards",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox", "website_sale"],
    "data": ["data/omnichannel_rule_data.xml", "views/product_template_views.xml"],
    "auto_install": True,
}
