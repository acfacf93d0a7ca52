"""`{{ dotted.path }}`: syntax, substitution and bounds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import TemplateError
from sipflow.scenario.template import MAX_RESULT_CHARS, is_template, substitute, substitute_environment

VARIABLES = {"target": "sip:bob@127.0.0.1", "a.b": "dotted", "loop": "{{ var.loop }}"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ var.target }}", "sip:bob@127.0.0.1"),
        ("{{var.target}};x={{ var.a.b }}!", "sip:bob@127.0.0.1;x=dotted!"),
        ("no template }} here", "no template }} here"),
        ("", ""),
    ],
)
def test_text_is_substituted(text: str, result: str) -> None:
    assert substitute(text, VARIABLES) == result


def test_a_variables_own_value_is_not_substituted_again() -> None:
    assert substitute("{{ var.loop }}", VARIABLES) == "{{ var.loop }}"


def test_lists_and_objects_are_walked_and_keys_left_alone() -> None:
    value = {"{{ x }}": ["{{ var.a.b }}", 3, None]}
    assert substitute(value, VARIABLES) == {"{{ x }}": ["dotted", 3, None]}


@pytest.mark.parametrize(
    "text",
    [
        "{{",
        "a {{ var.x",
        "{{}}",
        "{{ }}",
        "{{ var. }}",
        "{{ .x }}",
        "{{ var x }}",
        "{{ var.x + 1 }}",
        "{{ x() }}",
        "{{ {{ a }} }}",
    ],
)
def test_broken_syntax_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match=r"expected a dotted path|without '\}\}'"):
        substitute(text, VARIABLES)


def test_a_name_without_a_value_is_named() -> None:
    with pytest.raises(TemplateError, match="variable 'who' is not set"):
        substitute("{{ var.who }}", VARIABLES)


@pytest.mark.parametrize("path", ["call.primary.remote_uri", "var", "__class__.x", "env.HOME"])
def test_a_path_outside_of_var_is_refused(path: str) -> None:
    with pytest.raises(TemplateError, match=r"expected \{\{ var\.NAME \}\}"):
        substitute(f"{{{{ {path} }}}}", VARIABLES)


def test_the_result_is_bounded() -> None:
    with pytest.raises(TemplateError, match="grow beyond"):
        substitute("{{ var.x }}" * 100, {"x": "y" * (MAX_RESULT_CHARS // 50)})


def test_many_open_braces_cost_linear_time() -> None:
    started = time.process_time()
    with pytest.raises(TemplateError):
        substitute("{" * 1_000_000, {})
    assert substitute("{{var.a}}" * 200_000, {"a": ""}) == ""
    assert time.process_time() - started < 5


def test_is_template_looks_into_lists_and_objects() -> None:
    assert is_template({"a": [1, {"b": "{{ x"}]})
    assert not is_template({"{{ x }}": [1, "}}"]})


@given(st.text(alphabet="{} var.x\n", max_size=40))
def test_any_text_is_substituted_or_refused(text: str) -> None:
    try:
        result = substitute(text, {"x": "v", "var": "w"})
    except TemplateError:
        return
    assert isinstance(result, str)
    assert "{{" not in result or "{{" not in text


def test_environment_is_substituted() -> None:
    assert substitute_environment("a${env:SECRET}b$x${y}", {"SECRET": "s"}) == "asb$x${y}"


def test_environment_names_what_is_not_set() -> None:
    with pytest.raises(TemplateError, match="'SECRET' is not set"):
        substitute_environment("${env:SECRET}", {})
