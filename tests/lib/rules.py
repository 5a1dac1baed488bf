"""Rules as an administrator sets them up in the browser: plain data, filled into Odoo's own form."""

import contextlib
import re

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

ITEM = ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)"


def exactly(label):
    """Matches what says this and nothing else, but for the question mark of a help text."""
    return re.compile(rf"^\s*{re.escape(label)}\s*\??\s*$")


class Rules:
    """An administrator's window, which begins at Settings and has no developer mode.

    The form is filled by the labels that people read, saved and switched on::

        tag = ("Add tags", {"Tags": ["Return"]})
        rules.add("Returns", when="A customer writes", if_={"Text Contains": "return"}, then=[tag])
    """

    def __init__(self, page, odoo):
        self.page = page
        self.url = odoo.url

    def open_from_settings(self):
        """Settings → Omnichannel → Rules."""
        self.page.goto(f"{self.url}/odoo/settings", timeout=90_000)
        self.page.locator('.settings_tab .tab[data-key="omnichannel_inbox"]').click()
        self.page.locator("#omnichannel_rules button", has_text="Rules").last.click()
        self.page.locator(".o_list_view").wait_for()
        return self

    def open_from_menu(self):
        """Omnichannel → Configuration → Rules, as those go who may not change the settings of all of Odoo."""
        self.page.goto(f"{self.url}/odoo/inbox", timeout=90_000)
        self.page.locator(".o_menu_sections button", has_text="Configuration").click()
        self.page.locator(".o-dropdown-item", has_text="Rules").first.click()
        self.page.locator(".o_list_view").wait_for()
        return self

    def add(self, name, when, if_=None, then=(), ticket=None, where=(), existing="Leave Them Alone"):
        """Make a rule and switch it on.

        :param str when: the trigger, as it is called
        :param dict if_: {label: value} of everything that is to be filled in besides
        :param then: [(kind of action, {label: value})]
        :param dict ticket: {label: value} of the order's ticket
        :param where: [(labels on the way to a field, perhaps an operator, value)] for the domain builder
        :param existing: what to answer when something fits already
        """
        self.page.locator(".o_list_button_add, .o_form_button_create").first.click()
        form = self.page.locator(".o_form_view")
        form.locator(".o_form_button_save, .o_field_widget[name=name] :is(input, textarea)").first.wait_for()
        expect(self.page.locator(".o_field_widget[name=name] :is(input, textarea)").first).to_have_value("")
        self.fill(form, "Name", name)
        self.choose(form, "When", when)
        for label, value in {**(if_ or {}), **(ticket or {})}.items():
            self.fill(form, label, value)
        for path, *operator, value in where:
            self.add_condition(form, path, *operator, value=value)
        for kind, values in then:
            self.add_action(kind, values)
        self.save()
        self.switch_on(existing)

    def save(self):
        """Save the form and wait until it is."""
        self.page.locator(".o_form_button_save").first.click()
        self.page.wait_for_url(re.compile(r"/\d+$"))

    def switch_on(self, existing="Leave Them Alone"):
        """Switch the rule of the form on, and answer what is asked about what fits already."""
        self.page.locator(".o_form_view button[name=action_switch_on]").first.click()
        answer = self.page.locator(".modal").get_by_role("button", name=existing)
        off = self.page.locator(".o_form_view button[name=action_switch_off]")
        answer.or_(off).first.wait_for()
        if answer.count():
            answer.click()
            off.wait_for()

    # -- fields ----------------------------------------------------------------

    def add_action(self, kind, values):
        """Add an action in the dialog that the list opens."""
        self.page.get_by_role("button", name="Add a line").click()
        dialog = self.page.locator(".modal").last
        self.choose(dialog, "Do", kind)
        for label, value in values.items():
            self.fill(dialog, label, value)
        dialog.locator(".o_form_button_save").click()
        self.page.locator(".modal").wait_for(state="detached")

    def field(self, scope, label):
        """The widget of the field with this label, among those that can be seen."""
        found = scope.locator("label.o_form_label:visible", has_text=exactly(label))
        name = re.sub(r"_\d+$", "", found.first.get_attribute("for"))
        return scope.locator(f".o_field_widget[name={name}]:visible").first

    def fill(self, scope, label, value):
        """Fill in whatever widget a field has; a function is called with this and the widget."""
        widget = self.field(scope, label)
        classes = widget.get_attribute("class")
        if callable(value):
            value(self, widget)
        elif "o_field_many2" in classes:
            for choice in value if isinstance(value, (list, tuple)) else [value]:
                self.pick(widget, choice)
        elif "o_field_boolean" in classes:
            widget.locator("input").set_checked(value)
        elif "o_field_selection" in classes:
            self.choose(scope, label, value)
        elif "o_field_priority" in classes:
            widget.locator(f'.o_priority_star[aria-label="{value}"]').click()
        elif "o_field_radio" in classes:
            widget.locator("label", has_text=value).click()
        elif "o_field_html" in classes:
            widget.locator("[contenteditable=true]").first.click()
            self.page.keyboard.insert_text(value)
        else:
            widget.locator("input, textarea").first.fill(str(value))

    def choose(self, scope, label, value):
        """Choose a value of a selection, which opens as a list."""
        self.field(scope, label).locator("input").click()
        self.page.locator(".o_select_menu_item", has_text=exactly(value)).click()

    def pick(self, widget, choice):
        """Choose a record by what is typed."""
        found = self.page.locator(ITEM, has_text=choice).first
        for _time in range(3):
            # What was chosen before may change the form meanwhile, as for people, who type again.
            widget.locator("input").first.fill(choice)
            with contextlib.suppress(PlaywrightTimeout):
                return found.click(timeout=4000)
        return found.click()

    def add_condition(self, form, path, operator=None, *, value):
        """Build a condition of the domain: Odoo's own editor.

        :param path: labels, each of a field or of the record to look at
        """
        builder = form.locator(".o_field_domain")
        rows = builder.locator(".o_tree_editor_condition")
        before = rows.count()
        builder.get_by_role("button", name="New Rule").click()
        row = rows.nth(before)
        row.locator(".o_model_field_selector").click()
        popover = self.page.locator(".o_model_field_selector_popover")
        *records, last = path
        back = popover.locator(".o_model_field_selector_popover_prev_page")
        for _record in range(row.locator(".o_model_field_selector_chain_part").count() - 1):
            back.click()  # a further condition begins as the one before
        for label in records:
            self.search_field(popover, label).locator(".o_model_field_selector_popover_item_relation").click()
            popover.locator(".o_model_field_selector_popover_title", has_text=label).wait_for()
        self.search_field(popover, last).locator(".o_model_field_selector_popover_item_name").click()
        popover.wait_for(state="detached")
        if operator:
            row.locator(".o_tree_editor_editor").nth(1).locator("select").select_option(label=operator)
        editor = row.locator(".o_tree_editor_editor").last
        if editor.locator("select").count():
            editor.locator("select").select_option(label=value)
        elif editor.locator(".o-autocomplete").count():
            self.pick(editor, value)
        else:
            editor.locator("input").fill(value)
            editor.locator("input").blur()

    def search_field(self, popover, label):
        """The line of a field, which is searched for as there are many."""
        popover.locator(".o_model_field_selector_popover_search input").fill(label)
        name = self.page.locator(".o_model_field_selector_popover_item_name", has_text=exactly(label))
        return popover.locator(".o_model_field_selector_popover_item").filter(has=name).first
