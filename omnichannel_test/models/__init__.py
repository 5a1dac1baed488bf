from . import omnichannel_adapter_test, omnichannel_channel
