from sipflow.engine.masking import variables_without_secrets, without_secrets


def test_passwords_of_a_document_are_masked_at_any_depth() -> None:
    document = {"nodes": [{"data": {"password": "sesame", "label": "Alice"}}, {"data": {"authPassword": 5}}]}

    assert without_secrets(document) == {
        "nodes": [{"data": {"password": "***", "label": "Alice"}}, {"data": {"authPassword": "***"}}]
    }


def test_password_that_is_only_named_stays_readable() -> None:
    for named in ("${env:SECRET}", "{{ var.pin }}", "{{var.a}}${env:B}", "", None):
        assert without_secrets({"password": named}) == {"password": named}


def test_password_with_more_than_names_is_masked() -> None:
    assert without_secrets({"password": "x{{ var.pin }}"}) == {"password": "***"}


def test_variables_that_passwords_are_made_of_are_masked() -> None:
    document = {"nodes": [{"data": {"password": "x{{ var.pin }}", "targetUri": "{{ var.who }}"}}]}

    shown = variables_without_secrets({"pin": "1234", "who": "bob", "myPassword": "m"}, document)

    assert shown == {"pin": "***", "who": "bob", "myPassword": "***"}


def test_password_that_is_no_good_template_masks_no_variable() -> None:
    assert variables_without_secrets({"a": "1"}, {"password": "{{ broken"}) == {"a": "1"}
