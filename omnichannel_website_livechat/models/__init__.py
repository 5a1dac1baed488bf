from . import discuss_channel, omnichannel_conversation, omnichannel_visit, website_visitor
