from . import omnichannel_identity_link
