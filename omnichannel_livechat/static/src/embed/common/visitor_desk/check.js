import { _t } from "@web/core/l10n/translation";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+?[\d\s().\-/]{6,}$/;

function problem(name, value, isRequired) {
    if (!value) {
        return isRequired ? _t("Please fill this in.") : "";
    }
    if (name === "email" && !EMAIL.test(value)) {
        return _t("This is no e-mail address. It looks like name@example.com.");
    }
    if (name === "phone" && !PHONE.test(value)) {
        return _t("This is no phone number. Begin with the country, as in +31 6 12345678.");
    }
    return "";
}

/**
 * What is wrong with a visitor's form, in words. The server looks again.
 *
 * @param {Object} values by name
 * @param {{name: string, required: boolean}[]} questions
 * @param {boolean} hasMessage
 * @returns {Object} words by name
 */
export function check(values, questions, hasMessage) {
    const errors = {};
    for (const { name, required } of questions) {
        errors[name] = problem(name, values[name]?.trim(), required);
    }
    if (hasMessage && !values.message?.trim()) {
        errors.message = _t("Please write what we can do for you.");
    }
    const isPersonal = questions.some(({ name }) => name !== "name" && values[name]?.trim());
    if (isPersonal && !values.consent) {
        errors.consent = _t("Please agree, or leave these details out.");
    }
    return Object.fromEntries(Object.entries(errors).filter(([, words]) => words));
}
