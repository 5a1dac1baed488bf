import { Message } from "@mail/core/common/message";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

// A mail's body has a shadow root, in which none of the page's styles and fonts are known.
const BUTTON_STYLE =
    "display: block; margin-bottom: 0.5rem; padding: 0.1rem 0.5rem; font: inherit; font-size: 0.85em;" +
    "color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 0.25rem;" +
    "opacity: 0.8; cursor: pointer;";

patch(Message.prototype, {
    prepareMessageBody(bodyEl) {
        super.prepareMessageBody(...arguments);
        if (!bodyEl || !this.message.omnichannel) {
            return;
        }
        for (const button of bodyEl.querySelectorAll(".o-mail-ellipsis")) {
            button.textContent = "…";
            button.title = _t("Show what is quoted, or hide it again");
        }
        // Images that the server held back: loading them tells the sender when and where a mail is read.
        const images = bodyEl.querySelectorAll("img[data-original-src]:not([src])");
        if (images.length) {
            bodyEl.prepend(this.makeShowImagesButton(images));
        }
    },

    makeShowImagesButton(images) {
        const button = document.createElement("button");
        button.style.cssText = BUTTON_STYLE;
        button.textContent = _t("Show images");
        button.title = _t("The sender would learn that this mail was read");
        button.addEventListener("click", () => {
            for (const image of images) {
                image.src = image.dataset.originalSrc;
            }
            button.remove();
        });
        return button;
    },
});
