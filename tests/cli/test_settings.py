import pytest

from sipflow.cli.settings import BadVariable, read_variables


def test_variables_come_from_options_and_environment() -> None:
    environment = {"SIPFLOW_VAR_target": "env", "SIPFLOW_VAR_user": "env", "SIPFLOW_VAR_": "no", "PATH": "no"}

    variables = read_variables(["target=sip:1002@host;x=y", "empty="], environment)

    assert variables == {"target": "sip:1002@host;x=y", "user": "env", "empty": ""}


@pytest.mark.parametrize("option", ["", "x", "=x", "a b=c", "1a=c", "a.b=c", "ü=c"])
def test_variable_that_is_not_name_and_value_is_refused(option: str) -> None:
    with pytest.raises(BadVariable) as caught:
        read_variables([option], {})

    assert "NAME=VALUE" in str(caught.value)
    assert repr(option) in str(caught.value)
