from . import omnichannel_conversation, omnichannel_visit, sale_order
