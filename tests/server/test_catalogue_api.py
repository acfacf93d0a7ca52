"""What the editor draws with, in both languages."""

from __future__ import annotations

from sipflow.scenario.examples import example_files
from tests.documents import Json, chain, command, document, instance
from tests.server.api import Api


def node_types(api: Api, query: str = "") -> dict[str, Json]:
    return {one["name"]: one for one in api.ask("GET", f"/api/node-types{query}")}


def test_node_types_are_told_in_english_unless_asked_otherwise(api: Api) -> None:
    told = node_types(api)
    assert told == node_types(api, "?lang=en")
    response = told["Response"]
    assert (response["kind"], response["title"], response["groupTitle"]) == ("command", "Refuse or redirect", "Calls")
    assert response["face"] == "→ {statusCode}[ {reason}]"
    assert response["schema"]["properties"]["statusCode"]["x-kind"] == "status-code"
    assert told["Release"]["face"] is None
    assert told["Loop"]["ways"] == {"success": "each round", "failure": "after the last"}
    assert told["Release"]["ways"] == {}
    assert (told["Loop"]["steers"], told["Both"]["steers"], told["Release"]["steers"]) == ("loop", "both", None)


def test_node_types_are_told_in_korean(api: Api) -> None:
    english, korean = node_types(api), node_types(api, "?lang=ko")
    assert list(english) == list(korean)
    assert korean["MakeCall"]["title"] == "전화 걸기"
    assert korean["MakeCall"]["schema"]["properties"]["completeOn"]["x-choices"]["sent"] == "INVITE를 보냈을 때"
    assert api.refused("GET", "/api/node-types?lang=fr")[:2] == (422, "invalid")


def test_node_types_stand_as_the_palette_shows_them(api: Api) -> None:
    assert " ".join(node_types(api)) == (
        "sipInstance pbx MakeCall Ringing Answer Release Response Hold Retrieve BlindTransfer MuteTransfer "
        "INCOMING RINGING CONNECTED DISCONNECTED HELD RETRIEVED TRANSFERRED NOTIFY "
        "AssertHears AssertMedia PlayAudio RecordAudio SendDTMF StopAudio AUDIO DTMFReceived "
        "SendRaw SendRequest REQUEST RESPONSE Assert Both Either Loop Set Sync TIMEOUT Register Unregister"
    )


def test_every_example_is_a_template_in_both_languages(api: Api) -> None:
    english, korean = (api.ask("GET", f"/api/templates?lang={language}") for language in ("en", "ko"))
    assert {one["id"] for one in english} == set(example_files())
    assert english[0]["id"] == "two-party-call"
    for one, other in zip(english, korean, strict=True):
        assert (one["id"], one["flowData"]) == (other["id"], other["flowData"])
        assert one["title"] != other["title"]
        assert one["summary"] != other["summary"]


def test_a_document_is_looked_through_with_its_variables(api: Api) -> None:
    body = {"flowData": document(command("x", "MakeCall", targetUri="{{ var.who }}")), "variables": {"who": "1002"}}
    found = api.ask("POST", "/api/validate", body)["findings"]
    assert [(one["severity"], one["nodeId"]) for one in found] == [("error", None), ("warning", "x")]


def test_findings_are_told_in_the_language_that_is_asked_for(api: Api) -> None:
    body = {"flowData": document(instance("a"), command("x", "MakeCall"), edges=chain("a", "x"))}
    [english] = api.ask("POST", "/api/validate", body)["findings"]
    [korean] = api.ask("POST", "/api/validate?lang=ko", body)["findings"]
    assert (english["code"], english["message"]) == ("missing", "is missing")
    assert korean == english | {"message": "값이 없습니다"}


def test_a_run_that_is_refused_says_why_in_the_language_that_is_asked_for(api: Api) -> None:
    body = {"scenarioId": api.scenario("call", {})["id"], "variables": {}}
    for path, headers, told in (
        ("/api/runs", {}, "no SIP instance"),
        ("/api/runs?lang=ko", {}, "SIP 인스턴스가 없습니다"),
        ("/api/runs", {"Accept-Language": "ko-KR,ko;q=0.9"}, "SIP 인스턴스가 없습니다"),
        ("/api/runs?lang=en", {"Accept-Language": "ko"}, "no SIP instance"),
        ("/api/runs?lang=fr", {}, "no SIP instance"),
    ):
        status, code, error = api.refused("POST", path, body, headers=headers)
        assert (status, code, error["findings"][0]["code"]) == (422, "invalid", "no-instance")
        assert told in error["findings"][0]["message"]


def test_a_node_type_needs_a_call_unless_its_settings_can_do_without(api: Api) -> None:
    needs = {name: told["needs"] for name, told in node_types(api).items()}
    assert needs["Hold"] == "either"
    assert needs["RINGING"] == "caller"
    for name in ("SendRequest", "SendRaw", "REQUEST", "RESPONSE", "NOTIFY", "Response"):
        assert needs[name] is None
