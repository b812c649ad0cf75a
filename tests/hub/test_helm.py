"""The helm of a works made of numbers: what it learns, when it may command, and what it leaves alone."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from tests.packs.steel.recipes.conftest import LIMIT, PLANT_TOML

from pilothouse.clock import NS_PER_H
from pilothouse.decision.state import KINDS
from pilothouse.hub.helm import Helm, batch_of
from pilothouse.hub.helm_report import told_of
from pilothouse.ledger.sql import SqlLedger
from pilothouse.packs.steel.pack import pack
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.frame import BAD, GOOD
from pilothouse.plant.parameter import Limit, Parameter
from pilothouse.plant.plant import Plant
from pilothouse.plant.segment import Segment
from pilothouse.plants import Aim, Calendar, Moment, Reading, Refusal, Sorting

COILS = 10


@dataclass
class Works:
    """Batches of ten pieces, heated and annealed; the hidden truth is in :meth:`moments`."""

    seed: int = 4
    off: float = 0.0
    hottest: float = 1500.0
    rolls_h: float = 72.0
    commands: dict = field(default_factory=dict)
    now_h: float = 0.0

    def calendars(self):
        return {
            "rolls": Calendar(title="Rolls", every=self.rolls_h, unit="h", low=12.0, high=96.0, age=self.now_h % 48)
        }

    def reschedule(self, calendar, every):
        assert calendar == "rolls"
        self.rolls_h = every

    def command(self, piece, parameter, value):
        if value > self.hottest:
            return Refusal(piece=piece, parameter=parameter, reason=f"{parameter}: too hot")
        self.commands.setdefault(piece, {})[parameter] = value
        return None

    def moments(self, batches, rng):
        for _ in range(batches):
            batch = f"H{round(self.now_h)}"
            sulphur = float(rng.normal())
            known = Reading(parameter="sulphur", value=float(np.exp(2.0 + 0.3 * sulphur)), happened_ns=0, known_ns=0)
            yield self._moment(batch, "melting", (), readings=(known,))
            for k in range(COILS):
                yield from self._piece(f"{batch}-{k}", batch, sulphur, rng)
                self.now_h += 1.0

    def _piece(self, piece, batch, sulphur, rng):
        presets = {"zone_1": 1150.0, "zone_2": 1150.0}
        yield self._moment(piece, "heating", (batch,), presets=presets)
        yield self._moment(piece, "annealing", (batch,), presets={"speed": 100.0})
        own = self.commands.get(piece, {})
        cooler, faster = (1150.0 - own.get("zone_1", 1150.0)) / 10.0, own.get("speed", 100.0) / 100.0 - 1.0
        over = -0.05 + 0.03 * sulphur - 0.006 * cooler + 0.2 * faster + 0.01 * float(rng.normal()) + self.off
        told = Reading(parameter="loss", value=LIMIT * (1.0 + over), happened_ns=0, known_ns=0)
        faults = ("loss",) if over > 0.0 else ()
        sorting = Sorting(faults=faults, sold_as="A", prime_share=1.0)
        yield self._moment(piece, "annealing", (batch,), readings=(told,), sorting=sorting)

    def _moment(self, piece, segment, came_of, **more):
        return Moment(
            piece=piece,
            segment=segment,
            at_ns=round(self.now_h * NS_PER_H),
            readings=more.pop("readings", ()),
            levers=tuple(more.get("presets", {})),
            aims=(Aim(parameter="loss", low=0.0, high=LIMIT),),
            kind="A",
            came_of=came_of,
            **more,
        )


def steering():
    keys = ("zone_1", "zone_2", "speed", "sulphur", "loss")
    parameters = {
        key: Parameter(
            key=key, name=key, kind="temperature", unit="degC", role="lever", equipment="works", limit=Limit()
        )
        for key in keys
    }
    segments = {key: Segment(key=key, name=key, equipment="works") for key in ("heating", "annealing")}
    given = {"key": "w", "name": "W", "time_zone": "UTC", "currency": "EUR", "equipment": {}, "materials": {}}
    plant = Plant(**given, parameters=parameters, segments=segments, orders={}, kpis={})
    return pack.steering(Declaration.parse(PLANT_TOML), plant)[0][0]


def run(works, batches=90, rng=None, **more):
    helm = Helm(steering=steering(), plant=works, seed=1, **more)
    rng = np.random.default_rng(works.seed) if rng is None else rng
    for moment in works.moments(batches, rng):
        helm.at(moment)
    return helm, rng


def go_on(helm, works, batches, rng):
    for moment in works.moments(batches, rng):
        helm.at(moment)


def test_it_watches_before_it_commands():
    works = Works()
    helm, _ = run(works, batches=25)
    assert helm.level == "observe"
    assert not works.commands
    assert len(helm.cases) == 250
    assert all(not case.is_steered and not case.done for case in helm.cases)


def test_what_is_known_of_a_batch_is_known_of_its_pieces():
    helm, _ = run(Works(), batches=3)
    assert all("sulphur" in case.known and "loss" in case.known for case in helm.cases)
    assert {case.batch for case in helm.cases} == {"H0", "H10", "H20"}


def test_a_bad_reading_is_no_reading():
    works = Works()
    helm = Helm(steering=steering(), plant=works, seed=1)
    good, bad = (
        Reading(parameter="sulphur", value=value, happened_ns=0, known_ns=0, status=status)
        for value, status in ((7.0, GOOD), (900.0, BAD))
    )
    rng = np.random.default_rng(1)
    helm.at(works._moment("H0", "melting", (), readings=(good, bad)))
    for moment in works._piece("H0-0", "H0", 0.0, rng):
        helm.at(moment)
    assert helm.cases[0].known["sulphur"] == 7.0


def test_skill_earns_advice_and_advice_is_commanded():
    works = Works()
    helm, _ = run(works)
    assert helm.level == "advise"
    assert helm.may_command
    assert works.commands
    steered = [case for case in helm.cases if case.is_steered]
    held_out = [case for case in helm.cases if case.is_held_out and case.finished_ns > helm.advises_ns]
    assert steered
    assert held_out
    assert not any(case.is_steered or case.done for case in held_out)
    assert {"heat", "speed"} <= {lever for case in steered for lever in case.done}
    assert helm.shift.told()["adoption"] > 0.9
    assert works.rolls_h in {24.0, 48.0, 72.0}


def test_steered_pieces_have_fewer_faults_than_held_out_ones():
    works = Works(off=0.03)
    helm, rng = run(works, batches=60)
    go_on(helm, works, 250, rng)
    late = [case for case in helm.cases if case.finished_ns > helm.advises_ns + 1200 * NS_PER_H]
    share = {held: np.mean([bool(case.faults) for case in late if case.is_held_out is held]) for held in (True, False)}
    assert share[False] < 0.7 * share[True]


def test_shuffled_results_earn_nothing():
    works = Works()
    helm, _ = run(works, shuffled=True)
    assert helm.level == "observe"
    assert not works.commands
    assert "skill" in helm.forecasts.failing(advises=False)


def test_a_plant_that_is_not_what_it_was_takes_authority_away():
    works = Works()
    helm, rng = run(works)
    assert helm.may_command
    works.off = 0.15
    go_on(helm, works, 15, rng)
    assert helm.level == "observe"
    assert "drift" in helm.climbs[-1][2] or "coverage" in helm.climbs[-1][2]


def test_what_a_unit_refuses_is_tried_half_as_far():
    works = Works(hottest=1156.0)
    helm, _ = run(works, batches=150)
    hotter = {case.done["heat"] for case in helm.cases if case.done.get("heat", 0.0) < 0.0}
    assert -0.5 in hotter, "a whole step would be 1160"
    assert min(hotter) >= -0.6


def test_history_alone_tries_nothing(tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    helm, _ = run(Works(), learns_from_trials=False, ledger=ledger)
    assert helm.may_command
    helm.end()
    kept = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    moves = [m for event in kept.read(kind="steered") for m in event.payload["moves"].values()]
    kept.close()
    assert moves
    assert {move["propensity"] for move in moves} == {1.0}
    effects = {e.lever: e for e in helm.model.effects() if e.quality == "scale"}
    assert not effects["heat"].is_identified


def test_every_decision_is_kept_with_its_propensity(tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    helm, _ = run(Works(), ledger=ledger)
    helm.end()
    again = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    events = again.read()
    assert again.verify() == ()
    steered = [event.payload for event in events if event.kind == "steered"]
    assert len(steered) == sum(helm.shift.answers.values())
    moves = [move for payload in steered for move in payload["moves"].values()]
    assert {move["propensity"] for move in moves} <= {0.25, 0.5, 0.75, 1.0}
    assert [event.payload["after"] for event in events if event.kind == "authority"] == [c[1] for c in helm.climbs]
    assert sum(event.kind == "finished" for event in events) == len(helm.cases)
    assert "steered" not in KINDS, "it is no step in the life of a proposal"
    again.close()


def test_what_it_came_to_is_told():
    helm, _ = run(Works())
    told = told_of(helm, 0)
    assert told["authority"] == "advise"
    assert told["pieces"]["finished"] == 900
    assert set(told["worth_by_recipe"]) == {"heating", "annealing"}
    assert all(one["basis"] == "model-based estimate" for one in told["worth_by_recipe"].values())
    assert 0.0 < told["people"]["hit_rate"] <= 1.0
    assert told["advise_ms_median"] > 0.0


def test_the_same_run_is_the_same_run():
    (once, _), (again, _) = run(Works(), batches=70), run(Works(), batches=70)
    assert once.cases == again.cases
    assert once.climbs == again.climbs


@pytest.mark.parametrize(("came_of", "batch"), [((), "C1"), (("H1",), "H1"), (("S1", "H1"), "H1")])
def test_a_batch_is_what_came_first(came_of, batch):
    assert batch_of(Works()._moment("C1", "heating", came_of)) == batch
