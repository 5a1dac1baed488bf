import { Component } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

import { formatMoment } from "./moment";

/** Says that what is sent to an address comes back, when it first did and why. */
export class UnreachableNotice extends Component {
    static template = "omnichannel_inbox.UnreachableNotice";
    static props = {
        /** See `_unreachable_data` of omnichannel.identity: false, or date and words. */
        data: [{ value: false }, Object],
    };

    get words() {
        const { date, words } = this.props.data;
        const since = formatMoment(date);
        return words
            ? _t("Messages to this address come back since %(since)s: %(reason)s", {
                  since,
                  reason: words,
              })
            : _t("Messages to this address come back since %s", since);
    }
}
