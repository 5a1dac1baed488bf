from . import omnichannel_conversation, omnichannel_conversation_card, omnichannel_rule, sale_order
