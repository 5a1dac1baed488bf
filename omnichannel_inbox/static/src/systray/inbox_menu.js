import { Component, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

import { ChannelBadge } from "../core/channel_badge";
import { formatMoment } from "../core/moment";
import { AvailabilitySwitch } from "./availability_switch";

/** On every page: how many customers wait for me, who, and whether I want to be told. */
export class InboxMenu extends Component {
    static template = "omnichannel_inbox.InboxMenu";
    static components = { AvailabilitySwitch, ChannelBadge, Dropdown };
    static props = [];

    setup() {
        const inbox = useService("omnichannel.inbox");
        this.inbox = inbox;
        this.state = useState(inbox.state);
        this.permission = useState(useService("mail.notification.permission"));
        this.dropdown = useDropdownState();
        this.formatMoment = formatMoment;
    }

    get counter() {
        return this.state.count > 99 ? "99+" : String(this.state.count);
    }

    open(id) {
        this.dropdown.close();
        return this.inbox.open(id);
    }

    async toggle(name) {
        const value = !this.state[name];
        this.inbox.onSettings({ [`omnichannel_${name}`]: value });
        await user.setUserSettings(`omnichannel_${name}`, value);
        if (name === "notify" && value) {
            await this.permission.requestPermission();
        }
    }
}

registry
    .category("systray")
    .add("omnichannel_inbox.menu", { Component: InboxMenu }, { sequence: 24 });
