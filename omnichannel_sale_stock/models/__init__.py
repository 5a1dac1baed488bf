from . import omnichannel_conversation
