{
    "name": "Omnichannel Deliveries",
    "summary": "Answers to mails about deliveries open a conversation about their order",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox", "sale_stock"],
    "auto_install": True,
}
