import { Component, useEffect, useRef, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";

import { refusal } from "@omnichannel_livechat/embed/common/refusal";
import { check } from "@omnichannel_livechat/embed/common/visitor_desk/check";

const { DateTime } = luxon;

let nextId = 1;

/**
 * What stands in the window before the chat, or instead of it: that it is busy, questions to the visitor, a
 * form that leaves a message, and that it has been sent.
 *
 * @extends {Component<{thread: import("models").Thread, close: Function}, Env>}
 */
export class VisitorDesk extends Component {
    static template = "omnichannel_livechat.VisitorDesk";
    static props = { thread: Object, close: Function };

    setup() {
        this.livechatService = useService("im_livechat.livechat");
        this.root = useRef("root");
        this.id = `o_omnichannel_desk_${nextId++}`;
        this.values = useState(this.props.thread.omnichannelValues);
        this.state = useState({ errors: {}, refusals: 0, problem: "", isSending: false });
        this.key = uuid();
        useEffect(
            () => this.focusOn("[data-first]"),
            () => [this.step]
        );
        useEffect(
            // Not whenever an error changes: whoever is mending one is not led away from it.
            () => this.focusOn(".is-invalid"),
            () => [this.state.refusals]
        );
    }

    get desk() {
        return this.props.thread.omnichannel_desk;
    }

    get step() {
        return this.props.thread.omnichannelShown;
    }

    get options() {
        return this.livechatService.options;
    }

    // -- texts ------------------------------------------------------------------------

    get labels() {
        return {
            name: _t("Name"),
            email: _t("E-mail"),
            phone: _t("Phone"),
            order: _t("Order number"),
        };
    }

    get examples() {
        return { email: "name@example.com", phone: "+31 6 12345678", name: "", order: "" };
    }

    /** What the browser may fill in by itself. */
    get completions() {
        return { name: "name", email: "email", phone: "tel", order: "off" };
    }

    get inputTypes() {
        return { name: "text", email: "email", phone: "tel", order: "text" };
    }

    get title() {
        return {
            busy: _t("It is busy right now"),
            intro: _t("Before we begin"),
            mail: _t("Leave us a message"),
            sent: _t("Thank you, we have your message"),
        }[this.step];
    }

    get explanation() {
        return {
            busy: this.busyText,
            intro: "",
            mail: this.mailText,
            sent: _t("We answer you by e-mail."),
        }[this.step];
    }

    get busyText() {
        const { waiting, expected_minutes: minutes } = this.desk;
        if (!minutes) {
            return _t("Visitors waiting for an answer: %s.", waiting);
        }
        return _t(
            "Visitors waiting for an answer: %(waiting)s. Others waited about %(minutes)s min.",
            {
                waiting,
                minutes,
            }
        );
    }

    get mailText() {
        if (this.desk.open) {
            return _t("We answer you by e-mail.");
        }
        const opening = this.openingText;
        return opening
            ? _t(
                  "We are closed now. The chat opens again %s. We answer your message by e-mail.",
                  opening
              )
            : _t("We are closed now. We answer your message by e-mail.");
    }

    /** When the chat opens, in the visitor's language and time. */
    get openingText() {
        if (!this.desk.next_opening) {
            return "";
        }
        const lang = user.lang || document.documentElement.lang || navigator.language;
        const opening = DateTime.fromSQL(this.desk.next_opening, { zone: "utc" })
            .toLocal()
            .setLocale(lang);
        const time = opening.toLocaleString(DateTime.TIME_SIMPLE);
        const days = opening.startOf("day").diff(DateTime.now().startOf("day"), "days").days;
        if (Math.round(days) === 0) {
            return _t("today at %s", time);
        }
        if (Math.round(days) === 1) {
            return _t("tomorrow at %s", time);
        }
        const day = opening.toLocaleString({ weekday: "long", day: "numeric", month: "long" });
        return _t("on %(day)s at %(time)s", { day, time });
    }

    // -- form -------------------------------------------------------------------------

    get questions() {
        return this.step === "mail" ? this.desk.mail_questions : this.desk.questions;
    }

    get asksConsent() {
        return this.questions.some((question) => question.name !== "name");
    }

    fieldId(name) {
        return `${this.id}_${name}`;
    }

    onInput(name) {
        delete this.state.errors[name];
    }

    /** The window would take the Tab key for a wish to go to the next window. */
    onKeydown(ev) {
        if (ev.key === "Tab") {
            ev.stopPropagation();
        }
    }

    focusOn(selector) {
        this.root.el?.querySelector(selector)?.focus();
    }

    async onSubmit() {
        if (this.state.isSending) {
            return;
        }
        this.state.problem = "";
        this.state.errors = check(this.values, this.questions, this.step === "mail");
        if (Object.keys(this.state.errors).length) {
            this.state.refusals++;
            return;
        }
        this.state.isSending = true;
        try {
            await (this.step === "mail" ? this.leaveMessage() : this.begin());
        } catch (error) {
            this.state.problem = refusal(
                error,
                _t("This could not be sent. Please try again: it does not arrive twice.")
            );
        } finally {
            this.state.isSending = false;
        }
    }

    async begin() {
        const answers = { consent: this.values.consent };
        for (const { name } of this.questions) {
            answers[name] = this.values[name] ?? "";
        }
        await this.livechatService.beginWith(this.props.thread, answers);
    }

    async leaveMessage() {
        await this.livechatService.leaveMessage(this.key, { ...this.values });
        this.props.thread.omnichannelValues = { consent: false };
        this.props.thread.omnichannelStep = "sent";
    }

    // -- ways -------------------------------------------------------------------------

    onClickMessage() {
        this.props.thread.omnichannelStep = "mail";
    }

    onClickWait() {
        this.props.thread.omnichannelStep = this.props.thread.omnichannelStepAfterBusy;
    }

    get buttonStyle() {
        const { button_background_color: background, button_text_color: color } = this.options;
        return background && color ? `background-color: ${background}; color: ${color};` : "";
    }
}
