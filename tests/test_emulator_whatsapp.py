"""The emulator of the Cloud API keeps Meta's rules and misbehaves when told: over real HTTP."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter

import pytest
import requests
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from emulators.whatsapp.client import EmulatorRefused
from emulators.whatsapp.process import EmulatorProcess

WABA, NUMBER, ANNA = "100200300", "555000111", "31612345678"
SECRET, TOKEN = "the-app-secret", "the-token"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Receiver:
    """The business's server: takes webhooks and keeps them."""

    def __init__(self):
        self.bodies, self.bad_signatures, self.answers = [], 0, []
        self.server = make_server("127.0.0.1", 0, self._app, threaded=True)
        self.server.RequestHandlerClass.log_request = lambda *_args: None
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def _app(self, environ, start_response):
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request):
        if request.method == "GET":
            good = request.args.get("hub.verify_token") == "secret-word"
            return Response(request.args["hub.challenge"] if good else "no", 200 if good else 403)
        status = self.answers.pop(0) if self.answers else 200
        raw = request.get_data()
        signature = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        if request.headers.get("X-Hub-Signature-256") != signature:
            self.bad_signatures += 1
        elif status == 200:
            self.bodies.append(json.loads(raw))
        return Response("", status)

    def values(self):
        return [
            change["value"] for body in self.bodies for entry in body["entry"] for change in entry["changes"]
        ]

    def messages(self):
        return [message for value in self.values() for message in value.get("messages", [])]

    def statuses(self):
        return [status for value in self.values() for status in value.get("statuses", [])]


@pytest.fixture(scope="module")
def emulator():
    with EmulatorProcess() as process:
        yield process


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.server.shutdown()


@pytest.fixture
def client(emulator, receiver):
    client = emulator.client
    client.reset()
    client.add_account(
        waba_id=WABA, token=TOKEN, app_secret=SECRET, callback_url=receiver.url, verify_token="secret-word"
    )
    client.add_number(WABA, "+31 20 123 4567", id=NUMBER, verified_name="Groene Tuin")
    client.behave(retry_first=0.05)
    return client


@pytest.fixture
def graph(client):
    return Graph(client.url)


class Graph:
    """Calls the API as the business does."""

    def __init__(self, url):
        self.url = url + "/v23.0"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def call(self, method, path, **options):
        return self.session.request(method, f"{self.url}/{path}", timeout=20, **options)

    def send(self, to=ANNA, number=NUMBER, **payload):
        payload.setdefault("type", next(iter(payload)))
        return self.call(
            "POST", f"{number}/messages", json={"messaging_product": "whatsapp", "to": to, **payload}
        )

    def text(self, body="Hello", **more):
        return self.send(text={"body": body}, type="text", **more)

    def template(self, name, *components, language="en", **more):
        content = {"name": name, "language": {"code": language}, "components": list(components)}
        return self.send(type="template", template=content, **more)

    def upload(self, data, mime_type, name="file"):
        return self.call(
            "POST",
            f"{NUMBER}/media",
            data={"messaging_product": "whatsapp", "type": mime_type},
            files={"file": (name, data, mime_type)},
        )


def code(answer):
    return answer.json()["error"]["code"]


def body_of(*texts):
    return {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]}


# --- webhooks ---
def test_a_text_arrives_signed_in_metas_form(client, receiver):
    written = client.write(NUMBER, {"wa_id": ANNA, "name": "Anna"}, "Where is my order?")
    client.wait_delivered()
    (value,) = receiver.values()
    assert receiver.bodies[0]["object"] == "whatsapp_business_account"
    assert receiver.bodies[0]["entry"][0]["id"] == WABA
    assert value["metadata"] == {"display_phone_number": "31201234567", "phone_number_id": NUMBER}
    assert value["contacts"] == [{"profile": {"name": "Anna"}, "wa_id": ANNA}]
    (message,) = value["messages"]
    assert (message["id"], message["from"], message["text"]) == (
        written["id"],
        ANNA,
        {"body": "Where is my order?"},
    )
    assert abs(int(message["timestamp"]) - time.time()) < 5


def test_a_callback_that_fails_the_challenge_is_refused(client, receiver):
    with pytest.raises(EmulatorRefused, match="couldn't be validated"):
        client.set_callback(WABA, receiver.url, verify_token="wrong")
    client.write(NUMBER, ANNA, "still the old callback")
    client.wait_delivered()
    assert len(receiver.messages()) == 1


@pytest.mark.parametrize("how", ["wrong", "none"])
def test_signatures_can_be_spoilt(client, receiver, how):
    client.behave(signature=how)
    client.write(NUMBER, ANNA, "hello")
    client.wait_delivered()
    assert (receiver.bad_signatures, receiver.bodies) == (1, [])


def test_every_inbound_type(client, receiver):
    first = client.write(NUMBER, ANNA, "first")["id"]
    for values in (
        {"type": "location", "latitude": 52.1, "longitude": 5.1},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bo"}}]},
        {"type": "reaction", "message_id": first, "emoji": "👍"},
        {"type": "reaction", "message_id": first},
        {"type": "interactive", "button_reply": {"id": "a", "title": "Yes"}},
        {"type": "interactive", "list_reply": {"id": "b", "title": "Row"}},
        {"type": "interactive", "nfm_reply": {"field": 1}},
        {"type": "button", "text": "Continue"},
        {"type": "order", "product_items": []},
        {"type": "system", "system": {"type": "user_changed_number", "wa_id": "31600000000"}},
        {"type": "request_welcome"},
        {"type": "unsupported"},
        {"type": "edit", "original_id": first, "body": "corrected"},
        {"type": "revoke", "original_id": first},
        {"type": "text", "body": "quoting", "context_id": first, "forwarded": True},
    ):
        client.write(NUMBER, ANNA, **values)
    client.wait_delivered()
    arrived = receiver.messages()
    by_type = {message["type"]: message for message in arrived}
    assert len(arrived) == 16
    assert "emoji" not in by_type["reaction"]["reaction"]  # the later one took it away
    assert by_type["unsupported"]["errors"][0]["code"] == 131051
    assert by_type["edit"]["edit"]["original_message_id"] == first
    assert json.loads(arrived[7]["interactive"]["nfm_reply"]["response_json"]) == {"field": 1}
    assert by_type["text"]["context"] == {"id": first, "from": ANNA, "forwarded": True}


def test_who_hides_the_number_is_a_business_scoped_id_alone(client, receiver, graph):
    client.write(NUMBER, {"user_id": "US.134900", "name": "Hidden"}, "hello")
    client.wait_delivered()
    (value,) = receiver.values()
    assert value["contacts"] == [{"profile": {"name": "Hidden"}, "user_id": "US.134900"}]
    assert value["messages"][0]["from_user_id"] == "US.134900"
    assert "from" not in value["messages"][0]
    answer = graph.text(to=None, recipient="US.134900")
    assert answer.json()["contacts"] == [{"input": "US.134900", "user_id": "US.134900"}]
    client.wait_delivered()
    assert {s["recipient_user_id"] for s in receiver.statuses()} == {"US.134900"}


def test_an_album_is_many_messages_in_order(client, receiver, graph):
    files = [(PNG + bytes([i]), "image/png", f"{i}.png") for i in range(5)]
    written = client.write_album(NUMBER, ANNA, files, caption="Look")
    client.wait_delivered()
    arrived = receiver.messages()
    assert [m["id"] for m in arrived] == [m["id"] for m in written]
    assert [m["image"].get("caption") for m in arrived] == ["Look", None, None, None, None]
    media = arrived[3]["image"]
    details = graph.call("GET", media["id"]).json()
    content = graph.session.get(details["url"]).content
    assert content == PNG + b"\x03"
    assert base64.b64decode(media["sha256"]).hex() == details["sha256"] == hashlib.sha256(content).hexdigest()


def test_order_per_customer_survives_refused_webhooks(client, receiver):
    receiver.answers = [500, 500, 200, 503]
    client.write_many([{"number": NUMBER, "customer": ANNA, "body": str(i)} for i in range(10)])
    client.wait_delivered()
    assert [m["text"]["body"] for m in receiver.messages()] == [str(i) for i in range(10)]
    assert Counter(d["status"] for d in client.deliveries(brief=True)) == {200: 10, 500: 2, 503: 1}


def test_a_refused_customer_does_not_hold_up_another(client, receiver):
    client.behave(retry_first=5)
    receiver.answers = [500]
    client.write(NUMBER, ANNA, "stuck")
    time.sleep(0.1)
    client.write(NUMBER, "31687654321", "free")
    deadline = time.monotonic() + 3
    while not receiver.messages() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [m["text"]["body"] for m in receiver.messages()] == ["free"]


def test_batched_duplicated_and_reordered(client, receiver):
    client.behave(batch=100, hold_webhooks=True)
    many = [{"number": NUMBER, "customer": f"3160000000{i % 5}", "body": str(i)} for i in range(40)]
    client.write_many(many)
    client.behave(hold_webhooks=False)
    client.release()
    client.wait_delivered()
    assert len(receiver.bodies) < 20 and len(receiver.messages()) == 40

    client.behave(batch=1, copies=3)
    client.write(NUMBER, ANNA, "three times")
    client.wait_delivered()
    assert sum(m["text"]["body"] == "three times" for m in receiver.messages()) == 3

    client.behave(copies=1, reorder=True)
    client.write_many([{"number": NUMBER, "customer": ANNA, "body": f"r{i}"} for i in range(20)])
    client.wait_delivered()
    order = [m["text"]["body"] for m in receiver.messages() if m["text"]["body"].startswith("r")]
    assert sorted(order) == sorted(f"r{i}" for i in range(20))
    assert order != [f"r{i}" for i in range(20)]


def test_other_webhooks_and_raw_bodies(client, receiver):
    client.post_value(WABA, "message_template_status_update", {"event": "PAUSED"})
    client.wait_delivered()
    assert receiver.bodies[0]["entry"][0]["changes"] == [
        {"value": {"event": "PAUSED"}, "field": "message_template_status_update"}
    ]
    assert client.post_raw(WABA, '{"odd": 1}')["status"] == 200
    assert receiver.bodies[1] == {"odd": 1}


# --- sending ---
def test_statuses_follow_with_the_opaque_data(client, receiver, graph):
    client.write(NUMBER, ANNA, "hi")
    sent = graph.text("answer", biz_opaque_callback_data="our-id").json()
    wamid = sent["messages"][0]["id"]
    assert sent["contacts"] == [{"input": ANNA, "wa_id": ANNA}]
    client.wait_delivered()
    client.read(NUMBER, ANNA)
    client.wait_delivered()
    assert [s["status"] for s in receiver.statuses()] == ["sent", "delivered", "read"]
    assert {(s["id"], s["recipient_id"], s["biz_opaque_callback_data"]) for s in receiver.statuses()} == {
        (wamid, ANNA, "our-id")
    }
    assert client.sends_by_opaque() == {"our-id": 1}
    assert client.sends()[0]["payload"]["text"] == {"body": "answer"}


def test_the_window_closes_after_24_hours(client, graph):
    answer = graph.text()
    assert (answer.status_code, code(answer)) == (400, 131047)
    client.write(NUMBER, ANNA, "hi", timestamp=time.time() - 24 * 3600 + 60)
    assert graph.text().status_code == 200
    client.set_last_inbound(NUMBER, ANNA, ago=24 * 3600 + 1)
    assert code(graph.text()) == 131047
    assert graph.template("hello_world", language="en_US").status_code == 200
    assert len(client.sends()) == 2


def test_the_window_belongs_to_one_number(client, graph):
    client.add_number(WABA, "+31 10 1234567", id="555000222")
    client.write(NUMBER, ANNA, "hi")
    assert code(graph.text(number="555000222")) == 131047


def test_refusals_can_come_as_a_failed_status(client, receiver, graph):
    client.behave(refuse_by="status")
    assert graph.text().status_code == 200
    client.wait_delivered()
    (status,) = receiver.statuses()
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"text": {"body": "x" * 4097}}, 100),
        ({"text": {"body": ""}}, 131008),
        ({"type": "text"}, 131008),
        ({"type": "nonsense", "nonsense": {}}, 100),
        ({"image": {"id": "12345"}}, 131009),
        ({"image": {}}, 100),
        ({"reaction": {"message_id": "wamid.none", "emoji": "x"}}, 131009),
        ({"to": "12", "text": {"body": "x"}}, 131009),
        ({"to": "31201234567", "text": {"body": "x"}}, 131021),
        ({"to": None, "text": {"body": "x"}}, 100),
        ({"messaging_product": "x", "text": {"body": "x"}}, 100),
        ({"image": {"id": "1", "caption": 5}}, 100),
        ({"text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}, 131009),
    ],
)
def test_bad_messages_are_refused(client, graph, payload, expected):
    client.write(NUMBER, ANNA, "hi")
    payload.setdefault(
        "type",
        next(k for k in ("text", "image", "reaction") if k in payload)
        if "type" not in payload
        else payload["type"],
    )
    assert code(graph.send(**payload)) == expected
    assert client.sends() == []


def test_errors_have_metas_shape(graph):
    error = graph.text().json()["error"]
    assert error.pop("fbtrace_id")
    details = error.pop("error_data")
    assert details["messaging_product"] == "whatsapp" and "24 hours" in details["details"]
    assert error == {"message": "(#131047) Re-engagement message", "type": "OAuthException", "code": 131047}


def test_a_wrong_token_and_a_foreign_number(client, graph):
    assert graph.call("GET", "999").json()["error"]["error_subcode"] == 33
    client.add_account(waba_id="777", token="another")
    client.add_number("777", "+1 555 1234567", id="888")
    assert code(graph.text(number="888")) == 100
    graph.session.headers["Authorization"] = "Bearer wrong"
    answer = graph.text()
    assert (answer.status_code, code(answer)) == (401, 190)


def test_somebody_without_whatsapp(client, graph):
    client.add_customer(ANNA, on_whatsapp=False)
    assert code(graph.template("hello_world", language="en_US")) == 131026


def test_brazilian_numbers_reach_the_id_that_wrote(client, graph):
    client.write(NUMBER, "551187654321", "oi")
    answer = graph.text(to="+55 11 98765-4321").json()
    assert answer["contacts"] == [{"input": "+55 11 98765-4321", "wa_id": "551187654321"}]


def test_reading_and_typing(client, graph):
    message = client.write(NUMBER, ANNA, "hi")
    payload = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message["id"],
        "typing_indicator": {"type": "text"},
    }
    assert graph.call("POST", f"{NUMBER}/messages", json=payload).json() == {"success": True}
    assert [(r["message_id"], r["typing"]) for r in client.reads()] == [(message["id"], True)]
    assert client.message(message["id"])["status"] == "read"
    assert code(graph.call("POST", f"{NUMBER}/messages", json={**payload, "message_id": "wamid.x"})) == 131009


# --- templates ---
@pytest.mark.parametrize(
    ("name", "components", "expected"),
    [
        ("no_such", [], 132001),
        ("slow_delivery", [], 132015),
        ("old_notice", [], 132016),
        ("new_notice", [], 132001),
        ("continue_conversation", [], 132000),
        ("continue_conversation", [body_of("a", "b")], 132000),
        ("continue_conversation", [body_of("a\nb")], 132018),
        ("continue_conversation", [body_of("x" * 1024)], 132005),
        ("parcel_sent", [body_of("Anna")], 131008),  # the button's variable
        ("summer_sale", [body_of("Anna")], 132012),  # the header's picture
        ("delivery_day", [body_of("Anna", "Friday")], 100),  # named, without names
    ],
)
def test_templates_are_checked(client, graph, name, components, expected):
    assert code(graph.template(name, *components)) == expected


def test_templates_show_what_the_customer_sees(client, graph):
    header = {"type": "header", "parameters": [{"type": "text", "text": "S00042"}]}
    answer = graph.template("order_update", header, body_of("Anna", "on its way"))
    shown = client.message(answer.json()["messages"][0]["id"])["rendered"]
    assert shown["header"] == {"type": "text", "text": "Order S00042"}
    assert shown["body"] == "Hello Anna, there is news about your order: on its way"
    named = [
        {"type": "text", "parameter_name": k, "text": v}
        for k, v in (("day", "Friday"), ("first_name", "Anna"))
    ]
    answer = graph.template("delivery_day", {"type": "body", "parameters": named})
    assert (
        client.message(answer.json()["messages"][0]["id"])["rendered"]["body"]
        == "Hello Anna, we deliver on Friday."
    )


def test_templates_are_listed_in_pages(client, graph):
    found, path = [], f"{WABA}/message_templates?limit=5&fields=name,status,language"
    url = f"{graph.url}/{path}"
    while url:
        page = graph.session.get(url).json()
        assert len(page["data"]) <= 5
        found += page["data"]
        url = page["paging"].get("next")
    assert len(found) == 13 and set(found[0]) == {"id", "name", "status", "language"}
    paused = graph.call("GET", f"{WABA}/message_templates?status=PAUSED").json()["data"]
    assert [t["name"] for t in paused] == ["slow_delivery"]


# --- media and nodes ---
def test_media_goes_up_and_down(client, receiver, graph):
    client.write(NUMBER, ANNA, "hi")
    media_id = graph.upload(PNG, "image/png").json()["id"]
    assert graph.send(image={"id": media_id, "caption": "Here"}).status_code == 200
    assert code(graph.send(video={"id": media_id})) == 131053
    url = graph.call("GET", media_id).json()["url"]
    assert requests.get(url).status_code == 401
    assert graph.session.get(url).content == PNG
    client.behave(media_ttl=0)
    assert graph.session.get(graph.call("GET", media_id).json()["url"]).status_code == 404
    assert graph.call("DELETE", media_id).json() == {"success": True}
    assert graph.call("GET", media_id).status_code == 400


def test_media_limits_and_expiry(client, graph):
    assert code(graph.upload(b"x" * (5 * 1024 * 1024 + 1), "image/jpeg")) == 131053
    assert code(graph.upload(b"MZ", "application/x-msdownload")) == 100
    media_id = graph.upload(PNG, "image/png").json()["id"]
    client.expire_media(media_id)
    assert graph.call("GET", media_id).status_code == 400


def test_the_number_and_its_account(graph):
    found = graph.call("GET", f"{NUMBER}?fields=display_phone_number,verified_name,quality_rating").json()
    assert found == {
        "id": NUMBER,
        "display_phone_number": "+31 20 123 4567",
        "verified_name": "Groene Tuin",
        "quality_rating": "GREEN",
    }
    assert [n["id"] for n in graph.call("GET", f"{WABA}/phone_numbers").json()["data"]] == [NUMBER]


def test_a_callback_by_subscribing(client, receiver, graph):
    client.set_callback(WABA, [], verify=False)
    form = {"override_callback_uri": receiver.url, "verify_token": "bad"}
    assert code(graph.call("POST", f"{WABA}/subscribed_apps", json=form)) == 100
    form["verify_token"] = "secret-word"
    assert graph.call("POST", f"{WABA}/subscribed_apps", json=form).json() == {"success": True}
    client.write(NUMBER, ANNA, "hi")
    client.wait_delivered()
    assert len(receiver.messages()) == 1


# --- misbehaving ---
@pytest.mark.parametrize("wanted", [130429, 131056, 131016, 131000, 131057, 4, 80007, 131031, 368])
def test_the_next_sends_fail_as_told(client, graph, wanted):
    client.write(NUMBER, ANNA, "hi")
    client.fail_next(2, code=wanted)
    assert [code(graph.text()), code(graph.text())] == [wanted, wanted]
    assert graph.text().status_code == 200
    assert len(client.sends()) == 1


def test_any_http_status_with_any_code(client, graph):
    client.write(NUMBER, ANNA, "hi")
    client.fail_next(code=130429, http=503)
    client.fail_next(kind="http", http=502)
    assert graph.text().status_code == 503
    answer = graph.text()
    assert (answer.status_code, answer.text[:6]) == (502, "<html>")


@pytest.mark.parametrize(("kind", "accepted"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped_connections(client, receiver, graph, kind, accepted):
    client.write(NUMBER, ANNA, "hi")
    client.fail_next(kind=kind)
    with pytest.raises(requests.ConnectionError):
        graph.text(biz_opaque_callback_data="cut")
    assert client.sends_by_opaque() == ({"cut": 1} if accepted else {})
    client.wait_delivered()
    assert [s["biz_opaque_callback_data"] for s in receiver.statuses()] == ["cut", "cut"] * accepted


def test_statuses_can_overtake_the_answer(client, receiver, graph):
    client.write(NUMBER, ANNA, "hi")
    client.behave(delay_after=0.5)
    sending = threading.Thread(target=graph.text)
    sending.start()
    time.sleep(0.3)
    assert [s["status"] for s in receiver.statuses()] == ["sent", "delivered"]
    assert sending.is_alive()
    sending.join()


def test_withheld_and_failed_statuses(client, receiver, graph):
    client.write(NUMBER, ANNA, "hi")
    client.behave(withhold_statuses=True)
    graph.text()
    client.wait_delivered()
    assert receiver.statuses() == []
    client.behave(withhold_statuses=False)
    assert client.release()["statuses"] == 2
    client.fail_next(kind="fail", on="delivery", code=131049)
    graph.text()
    client.wait_delivered()
    assert [s["status"] for s in receiver.statuses()] == ["sent", "delivered", "failed"]
    assert receiver.statuses()[2]["errors"][0]["code"] == 131049


def test_unknown_controls_are_errors(client):
    with pytest.raises(EmulatorRefused):
        client.behave(no_such=1)
    with pytest.raises(EmulatorRefused):
        client.fail_next(kind="no_such")


# --- the program ---
def test_it_takes_200_messages_a_second(client, receiver, graph):
    client.write(NUMBER, ANNA, "hi")
    rounds = []
    for _round in range(4):  # the best one counts: the machine may be busy with something else
        start = time.monotonic()
        for _ in range(50):
            assert graph.text().status_code == 200
        rounds.append(time.monotonic() - start)
    assert min(rounds) < 50 / 200


def test_chats_outlive_a_restart(tmp_path):
    state = tmp_path / "emulator.json"
    with EmulatorProcess(state_file=state) as first:
        first.client.add_account(waba_id=WABA, token=TOKEN)
        first.client.add_number(WABA, "+31 20 123 4567", id=NUMBER)
        written = first.client.write_file(NUMBER, ANNA, PNG, "image/png")
    with EmulatorProcess(state_file=state) as second:
        assert [m["id"] for m in second.client.messages()] == [written["id"]]
        details = Graph(second.url).call("GET", written["content"]["id"]).json()
        assert details["file_size"] == len(PNG)
        assert Graph(second.url).text().status_code == 200  # the window is still open


def test_the_phone_page_needs_nothing_from_elsewhere(client):
    page = client.session.get(client.url + "/phone").text
    assert "<textarea" in page
    assert "http://" not in page and "https://" not in page
