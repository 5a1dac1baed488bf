from odoo.tests import new_test_user

# They may export, so that what keeps them from the data is our rights alone.
EMPLOYEE = "base.group_user,base.group_allow_export"
AGENT = f"{EMPLOYEE},omnichannel_inbox.group_omnichannel_agent"
SUPERVISOR = f"{EMPLOYEE},omnichannel_inbox.group_omnichannel_supervisor"
MANAGER = f"{EMPLOYEE},omnichannel_inbox.group_omnichannel_manager"
OWN_DOCUMENTS = f"{EMPLOYEE},sales_team.group_sale_salesman"
ALL_DOCUMENTS = f"{EMPLOYEE},sales_team.group_sale_salesman_all_leads"


class OmnichannelUsers:
    """People with real groups, for tests of who sees what; mix into a ``TransactionCase``.

    The password of each is their login.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.env["res.company"].create({"name": "Company B"})
        cls.outsider = cls._user("omni_outsider", AGENT)
        cls.supervisor = cls._user("omni_supervisor", SUPERVISOR)
        cls.manager = cls._user("omni_manager", MANAGER)
        cls.seller = cls._user("omni_seller", OWN_DOCUMENTS)
        cls.seller_all = cls._user("omni_seller_all", ALL_DOCUMENTS)
        cls.employee = cls._user("omni_employee", EMPLOYEE)
        cls.portal = cls._user("omni_portal", "base.group_portal")
        cls.agent_b = cls._user("omni_agent_b", AGENT, cls.company_b)
        cls.supervisor_b = cls._user("omni_supervisor_b", SUPERVISOR, cls.company_b)
        cls.seller_b = cls._user("omni_seller_b", ALL_DOCUMENTS, cls.company_b)
        # One team each, so that "no team" is not what keeps them out.
        cls.team_of_outsider = cls.env["omnichannel.team"].create(
            {"name": "Another team", "member_ids": [(6, 0, cls.outsider.ids)]}
        )
        cls.team_b = cls.env["omnichannel.team"].create(
            {"name": "Team of B", "company_id": cls.company_b.id, "member_ids": [(6, 0, cls.agent_b.ids)]}
        )

    @classmethod
    def _user(cls, login, groups, company=None):
        company = company or cls.env.company
        return new_test_user(
            cls.env,
            login,
            groups,
            context={"no_reset_password": True, "tracking_disable": True},
            password=login,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
