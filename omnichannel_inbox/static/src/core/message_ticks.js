import { Component } from "@odoo/owl";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { ChannelBadge } from "./channel_badge";
import { formatMoment } from "./moment";

const LEDGER = "omnichannel.message";
const TICKS = {
    queued: { icon: "fa fa-clock-o", label: _t("Waiting to be sent") },
    sending: { icon: "fa fa-clock-o", label: _t("Being sent") },
    sent: { icon: "fa fa-check", label: _t("Sent") },
    delivered: { icon: "fa fa-check o_omnichannel_double", label: _t("Delivered") },
    read: { icon: "fa fa-check o_omnichannel_double text-info", label: _t("Read") },
    failed: { icon: "fa fa-exclamation-circle text-danger", label: _t("Not sent") },
    uncertain: { icon: "fa fa-question-circle text-warning", label: _t("Uncertain") },
    cancelled: { icon: "fa fa-ban", label: _t("Cancelled") },
};

/** Channel and ticks of a message, and what can be done when something went wrong. */
export class MessageTicks extends Component {
    static template = "omnichannel_inbox.MessageTicks";
    static components = { ChannelBadge };
    static props = { message: Object };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.formatMoment = formatMoment;
    }

    get data() {
        return this.props.message.omnichannel;
    }

    get tick() {
        return TICKS[this.data.state];
    }

    get ticksLabel() {
        return _t("%(state)s by %(channel)s to %(address)s", {
            state: this.tick.label,
            channel: this.data.channel_name,
            address: this.data.address || _t("an address that is not known any more"),
        });
    }

    retry() {
        return this.orm.call(LEDGER, "action_retry", [this.data.ledger_ids]);
    }

    markArrived() {
        return this.orm.call(LEDGER, "action_mark_arrived", [this.data.ledger_ids]);
    }

    fetchAgain() {
        return this.orm.call(LEDGER, "action_fetch_again", [this.data.files_missing]);
    }

    sendAgain() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Send again?"),
            body: this.data.aside
                ? _t(
                      "Nobody knows whether this message arrived. If it did, %s gets it twice.",
                      this.data.aside
                  )
                : _t(
                      "Nobody knows whether this message arrived. If it did, the customer gets it twice."
                  ),
            confirmLabel: _t("Send again"),
            confirm: () => this.orm.call(LEDGER, "action_send_again", [this.data.ledger_ids]),
            cancel: () => {},
        });
    }
}
