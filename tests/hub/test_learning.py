"""Many scenarios learnt at once are those learnt one by one."""

import pytest

from pilothouse.clock import parse_instant
from pilothouse.compute.local import LocalCompute
from pilothouse.errors import ComputeError, NotFittedError
from pilothouse.hub.hub import Hub
from pilothouse.hub.learning import learn_many
from pilothouse.hub.models import LEARNT, ModelStore, SavedModel

FIRST_NS = parse_instant("2026-03-02T06:00:00Z")
NOW_NS = parse_instant("2026-03-03T06:00:00Z")


@pytest.fixture(scope="module")
def compute():
    with LocalCompute(workers=2) as compute:
        yield compute


@pytest.fixture
def kitchen(kettles, tmp_path):
    """Opens kitchens with twelve brews that are done."""
    opened = []

    def make(name, *behaviours):
        pots = [(f"pot-{number}-{behaves}", behaves) for number, behaves in enumerate(behaviours)]
        root = kettles.write_kitchen(tmp_path / name, *pots)
        hub = Hub.open(root, clock=lambda: NOW_NS)
        opened.append(hub)
        hub.historian.write("hob", kettles.brews(range(12), FIRST_NS, done=True))
        return hub

    yield make
    for hub in opened:
        hub.close()


def kept(hub):
    """Every byte of every model."""
    models = hub.workspace.models
    return {p.relative_to(models).as_posix(): p.read_bytes() for p in sorted(models.rglob("*")) if p.is_file()}


def told(hub):
    return [(event.subject, event.payload) for event in hub.ledger.read(kind=LEARNT)]


def test_they_are_those_learnt_one_by_one(kitchen, compute):
    one, many = kitchen("one", *["answers"] * 5), kitchen("many", *["answers"] * 5)
    for scenario in one.workspace.scenarios:
        one.learn(scenario, as_of_ns=NOW_NS, seed=3)
    lessons = list(learn_many(many, compute, many.workspace.scenarios, as_of_ns=NOW_NS, seed=3))
    assert [lesson.learnt.scenario for lesson in lessons] == [s.key for s in many.workspace.scenarios]
    assert kept(many) == kept(one)
    assert told(many) == told(one)
    assert many.model(many.workspace.scenarios[2]).pieces == 12


def test_one_that_cannot_be_learnt_keeps_no_other_from_it(kitchen, compute):
    hub = kitchen("mixed", "answers", "raises", "dies-once", "learns-nothing", "answers")
    lessons = list(learn_many(hub, compute, hub.workspace.scenarios, as_of_ns=NOW_NS, seed=1))
    assert [lesson.learnt is not None for lesson in lessons] == [True, False, True, False, True]
    raises = lessons[1].error
    assert isinstance(raises, ComputeError)
    assert "pot-1-raises was not learnt: RuntimeError: the element is burnt" in str(raises)
    assert lessons[3].error is None
    assert len(told(hub)) == 3


def test_a_refusal_keeps_its_words_and_its_family(kitchen, compute):
    hub = kitchen("empty", "answers")
    (lesson,) = learn_many(hub, compute, hub.workspace.scenarios, as_of_ns=FIRST_NS, seed=1)
    assert isinstance(lesson.error, NotFittedError)
    assert lesson.error.hint == "brew more"


def test_a_share_of_the_subjects(kitchen, compute):
    hub = kitchen("share", "answers")
    (lesson,) = learn_many(hub, compute, hub.workspace.scenarios, as_of_ns=NOW_NS, fraction=0.5, seed=1)
    assert lesson.learnt.subjects == 6
    assert lesson.learnt.as_of_ns == FIRST_NS + 6 * 30 * 60 * 10**9 - 1


def test_a_model_travels_as_its_files(kettle, tmp_path):
    model = kettle.hub.model(kettle.scenario)
    saved = SavedModel.of(model)
    store = ModelStore(root=tmp_path / "models")
    store.keep("kettle", saved)
    assert store.load(kettle.scenario, model.version) == model
    assert (saved.as_of_ns, saved.pieces) == (model.as_of_ns, model.pieces)
