"""Users whom the demo data does not bring."""


def make_manager(rpc, name="Mia"):
    """An administrator of Omnichannel who is none of the system; login and password are her name.

    :param rpc: a session of the system administrator
    :return: her login
    """
    domain = [["module", "=", "omnichannel_inbox"], ["name", "=", "group_omnichannel_manager"]]
    [group] = rpc("ir.model.data", "search_read", domain, ["res_id"])
    login = name.lower()
    values = {"name": name, "login": login, "password": login, "group_ids": [[4, group["res_id"]]]}
    rpc("res.users", "create", values)
    return login
