{
    "name": "Omnichannel Tasks",
    "summary": "Rules turn conversations into tasks",
    "version": "19.0.1.1.0",
    "category": "Services/Helpdesk",
    "author": "The Omnichannel founders",
    "license": "LGPL-3",
    "depends": ["omnichannel_inbox", "project"],
    "data": ["views/omnichannel_rule_views.xml"],
    "auto_install": True,
}
