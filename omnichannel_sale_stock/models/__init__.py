from . import omnichannel_conversation, omnichannel_rule, stock_picking
