import { Component, onMounted, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const AGENT = "omnichannel.agent";

/** Whether its user takes conversations now: available, busy or away. */
export class AvailabilitySwitch extends Component {
    static template = "omnichannel_inbox.AvailabilitySwitch";
    static props = [];

    setup() {
        this.inbox = useService("omnichannel.inbox");
        this.orm = useService("orm");
        this.shown = useState(this.inbox.state);
        this.state = useState({ absence: false });
        onMounted(() => this.load());
    }

    get choices() {
        return [
            { value: "available", label: _t("Available"), title: _t("I take conversations") },
            { value: "busy", label: _t("Busy"), title: _t("Nothing new, please") },
            {
                value: "away",
                label: _t("Away"),
                title: _t("Nothing new, and what comes back to me can go to a colleague"),
            },
        ];
    }

    /** Why nothing comes in although the switch is on. */
    get hint() {
        const hints = {
            hours: _t("These are not your working hours: you get nothing new."),
            presence: _t("Odoo does not show you as online: you get nothing new."),
        };
        return this.shown.availability === "available" && hints[this.state.absence];
    }

    async load() {
        const { value, absence } = await this.orm.silent.call(AGENT, "get_availability", []);
        this.inbox.onAvailability({ value });
        this.state.absence = absence;
    }

    async choose(value) {
        await this.orm.call(AGENT, "set_availability", [value]);
        await this.load();
    }
}
