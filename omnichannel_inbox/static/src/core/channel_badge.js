import { Component } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { channelTypeInfo } from "./channel_types";

/** The sign of a type of channel, as small as a letter. */
export class ChannelBadge extends Component {
    static template = "omnichannel_inbox.ChannelBadge";
    static props = { type: [String, Boolean], name: { type: String, optional: true } };

    get info() {
        return channelTypeInfo(this.props.type);
    }
}

export class ChannelBadgeField extends Component {
    static template = "omnichannel_inbox.ChannelBadgeField";
    static components = { ChannelBadge };
    static props = standardFieldProps;
}

registry.category("fields").add("omnichannel_channel_badge", {
    component: ChannelBadgeField,
    supportedTypes: ["selection", "char"],
});
