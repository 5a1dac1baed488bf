{
    "name": "Omnichannel Deliveries",
    "summary": "Rules about deliveries; answers to mails about them open a conversation about their order",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox", "sale_stock"],
    "data": ["data/omnichannel_rule_data.xml", "wizard/omnichannel_rule_test_views.xml"],
    "auto_install": True,
}
