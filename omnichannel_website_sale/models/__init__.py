from . import omnichannel_conversation, omnichannel_rule, sale_order
