from . import omnichannel_conversation, omnichannel_conversation_about, omnichannel_rule, stock_picking
