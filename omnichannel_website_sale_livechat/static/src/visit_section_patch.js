import { VisitSection } from "@omnichannel_website_livechat/inbox/visit_section";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

patch(VisitSection.prototype, {
    get cartChanged() {
        return _t("changed %s", this.formatMoment(this.visit.cart.changed));
    },

    get cartRest() {
        return _t("and %s more", this.visit.cart.more);
    },
});
