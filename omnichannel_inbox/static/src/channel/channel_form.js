import { onMounted, onWillUnmount } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

import { unlessGone } from "../core/errors";

const PAUSE = 5000; // ms between two looks for a test mail

/** The form of a channel: while a test mail is on its way, it looks whether it came back. */
export class ChannelFormController extends FormController {
    setup() {
        super.setup();
        onMounted(() => (this.looks = browser.setInterval(() => this.look(), PAUSE)));
        onWillUnmount(() => browser.clearInterval(this.looks));
    }

    async look() {
        const { root } = this.model;
        if (root.data.receiving !== "waiting" || document.hidden || this.isLooking) {
            return;
        }
        this.isLooking = true;
        try {
            const isMissing = await unlessGone(
                this.orm.silent.call("omnichannel.channel", "look_for_test_mail", [root.resId])
            );
            if (isMissing === false && !(await root.isDirty())) {
                await root.load();
            }
        } finally {
            this.isLooking = false;
        }
    }
}

registry
    .category("views")
    .add("omnichannel_channel_form", { ...formView, Controller: ChannelFormController });
