from tests.server.api import Api


def test_hints_are_told_in_the_language_asked_for(api: Api) -> None:
    english = api.ask("GET", "/api/failure-hints")
    korean = api.ask("GET", "/api/failure-hints?lang=ko")

    assert [hint["statuses"] for hint in english] == [hint["statuses"] for hint in korean]
    [busy] = [hint for hint in english if 486 in hint["statuses"]]
    assert busy["rfc"] == "RFC 3261 §21.4.24"
    assert busy["text"].startswith("the called party is busy")
    assert all(hint["text"] != other["text"] for hint, other in zip(english, korean, strict=True))
