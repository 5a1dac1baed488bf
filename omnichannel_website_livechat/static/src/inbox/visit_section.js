import { Component, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

import { panelSectionRegistry } from "@omnichannel_inbox/core/channel_types";
import { unlessGone } from "@omnichannel_inbox/core/errors";
import { CONVERSATION } from "@omnichannel_inbox/core/inbox_service";
import { formatMoment } from "@omnichannel_inbox/core/moment";

const PAUSE = 300; // ms in which several news are one

/** Where on the website the visitor is, as they walk on. */
export class VisitSection extends Component {
    static template = "omnichannel_website_livechat.VisitSection";
    static props = { conversationId: Number, panel: Object, openRecord: Function };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.formatMoment = formatMoment;
        this.state = useState({ visit: this.props.panel.visit });
        onWillUpdateProps((next) => {
            if (next.panel !== this.props.panel) {
                this.state.visit = next.panel.visit;
            }
        });
        const load = useDebounced(() => this.load(), PAUSE);
        const onNews = ({ conversation }) => conversation === this.props.conversationId && load();
        this.bus.subscribe("omnichannel/visit", onNews);
        onWillUnmount(() => this.bus.unsubscribe("omnichannel/visit", onNews));
    }

    get visit() {
        return this.state.visit;
    }

    get facts() {
        const { country, language, device, visit_count: count } = this.visit;
        const times = count > 1 && _t("visit no. %s", count);
        return [country, language, device, times].filter(Boolean).join(" · ");
    }

    async load() {
        const { conversationId } = this.props;
        const visit = await unlessGone(
            this.orm.silent.call(CONVERSATION, "get_visit", [[conversationId]])
        );
        if (visit !== undefined && conversationId === this.props.conversationId) {
            this.state.visit = visit;
        }
    }
}

panelSectionRegistry.add("visit", VisitSection);
