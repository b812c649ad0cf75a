"""Births: tables of names and aliases."""

from pilothouse.connect.sparkplug.births import Asked, Births
from pilothouse.wire.sparkplug import Payload
from pilothouse.wire.sparkplug.datatype import put


def metrics(*rows):
    payload = Payload()
    for name, alias, datatype in rows:
        metric = payload.metrics.add(name=name)
        if alias is not None:
            metric.alias = alias
        put(metric, datatype, None)
    return payload.metrics


def test_metrics_are_found_by_name_and_alias():
    births = Births(metrics(("a", 0, 9), ("b", None, 1)), {"a": Asked(parameter=4)})
    assert births.by_alias[0] is births.by_name["a"]
    assert (births.by_name["a"].parameter, births.by_name["b"].parameter) == (4, -1)
    assert (births.by_name["b"].bits, births.by_name["a"].field) == (8, "float_value")


def test_what_has_no_name_or_another_s_alias_is_left_out():
    births = Births(metrics(("a", 1, 9), ("", 2, 9), ("b", 1, 9)), {})
    assert (list(births.by_name), births.malformed) == (["a"], 2)


def test_two_births_are_the_same_if_aliases_mean_the_same():
    one = Births(metrics(("a", 1, 9), ("b", 2, 9)), {})
    assert one.is_same(Births(metrics(("b", 2, 9), ("a", 1, 9)), {}))
    assert not one.is_same(Births(metrics(("a", 2, 9), ("b", 1, 9)), {}))
    assert not one.is_same(Births(metrics(("a", 1, 10), ("b", 2, 9)), {}))
    assert not one.is_same(None)


def test_members_of_templates_are_found_below_them_and_definitions_are_not():
    payload = Payload()
    definition = payload.metrics.add(name="Motor").template_value
    definition.is_definition = True
    definition.metrics.add(name="rpm", datatype=9)
    instance = payload.metrics.add(name="drive", alias=3).template_value
    instance.template_ref = "Motor"
    instance.metrics.add(name="rpm", datatype=9)
    instance.metrics.add(name="inner").template_value.metrics.add(name="x", datatype=1)
    births = Births(payload.metrics, {"drive/inner/x": Asked(parameter=0)})
    assert list(births.by_name) == ["drive/rpm", "drive/inner/x", "drive/inner", "drive"]
    assert births.by_name["drive/inner/x"].parameter == 0


def test_a_name_that_is_no_text_is_left_out():
    raw = metrics(("aa", 1, 9))[0].SerializeToString().replace(b"aa", b"\xff\xff")
    births = Births([Payload.Metric.FromString(raw)], {})
    assert (births.by_name, births.malformed) == ({}, 1)
