"""The helm: a pack steers a running plant, piece by piece, as far as its authority goes.

What becomes known of a piece is kept with it and with what is made of it. Before each segment the pack's moves are
proposed, an operator answers, and what is agreed to is commanded. Finished pieces teach; forecasts are judged against
what came; authority follows from that. A share of the batches is left to the practice by chance, so that the worth of
it all can be told from what would have happened anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from threadpoolctl import threadpool_limits

from pilothouse.clock import NS_PER_DAY, stopwatch_s
from pilothouse.decision.authority import LADDER, RULE, Evidence, authority, rank
from pilothouse.decision.event import EventDraft
from pilothouse.decision.steering import Case, Move, Situation, Steering, SteeringModel
from pilothouse.hub.evidence import Forecasts
from pilothouse.hub.habits import Habits
from pilothouse.hub.operator import Answer, Shift
from pilothouse.hub.standing import Standing
from pilothouse.plant.frame import BAD
from pilothouse.plants import Moment, ProvingPlant
from pilothouse.ports import Ledger
from pilothouse.seeds import stream

LEARN_EVERY_D: Final = 4.0
HELD_OUT: Final = 0.06
"""Share of batches left to the practice."""
TRIAL_D: Final = 60.0
"""For so long after it may advise, levers are tried by whole steps; then by half ones."""
TRIAL_STEPS: Final = (1.0, 0.5)
DEALT_AMONG: Final = 2_000
"""Newest pieces among which shuffled results are dealt out."""


@dataclass(slots=True, kw_only=True)
class Helm:
    """A pack at the helm of a plant.

    Parameters
    ----------
    steering
        What the pack brings.
    plant
        The plant.
    seed
        Of trials, hold-outs and people.
    shuffled
        Whether results are dealt out among pieces of a kind at random before they are learnt from: nothing true is
        left to learn, and nothing may be claimed.
    learns_from_trials
        Whether levers are tried by chance and go on teaching; else advice rests for good on what the history says of
        the practice's own habits.
    ledger
        Where every decision is kept with its propensities; None to keep none.

    Attributes
    ----------
    cases
        Finished pieces.
    level
        Of authority.
    climbs
        Instants and words of every move of authority.
    shift
        What people did.
    forecasts
        Judged against what came.
    """

    steering: Steering
    plant: ProvingPlant
    seed: int
    shuffled: bool = False
    learns_from_trials: bool = True
    ledger: Ledger | None = None
    cases: list[Case] = field(default_factory=list)
    level: str = LADDER[0]
    climbs: list[tuple[int, str, str]] = field(default_factory=list)
    shift: Shift = field(default_factory=Shift)
    forecasts: Forecasts = field(default_factory=Forecasts)
    advise_s: list[float] = field(default_factory=list)
    learn_s: list[float] = field(default_factory=list)
    model: SteeringModel | None = None
    _standings: dict[str, Standing] = field(default_factory=dict)
    _learnt_ns: int | None = None
    _advises_ns: int | None = None
    _habits: Habits = field(default_factory=Habits)
    _untold: list[EventDraft] = field(default_factory=list)

    def at(self, moment: Moment) -> Case | None:
        """Take note of a moment, and do what is to be done at it; the piece, where it is finished."""
        if self._learnt_ns is None:
            self._learnt_ns = moment.at_ns
        standing = self._standing(moment)
        for reading in moment.readings:
            if reading.parameter in self.steering.looks_at and reading.status != BAD:
                standing.known[reading.parameter] = reading.value
        case = None
        if moment.sorting is not None:
            case = self._finish(moment, standing)
        elif moment.levers and moment.segment in self.steering.segments:
            self._decide(moment, standing)
        if moment.at_ns - self._learnt_ns >= LEARN_EVERY_D * NS_PER_DAY:
            self._learn(moment.at_ns)
        return case

    def end(self) -> None:
        """Keep what is not kept yet, and let go of the ledger."""
        self._keep()
        if self.ledger is not None:
            self.ledger.close()

    @property
    def may_command(self) -> bool:
        """Whether its proposals are advice that people act on."""
        return rank(self.level) >= rank("advise")

    @property
    def advises_ns(self) -> int | None:
        """Since when it first could; None where it never could."""
        return self._advises_ns

    def _standing(self, moment: Moment) -> Standing:
        """Where a piece stands; it begins with what is known of what it is made of."""
        found = self._standings.get(moment.piece)
        if found is None:
            parent = next((self._standings[key] for key in moment.came_of if key in self._standings), None)
            found = Standing() if parent is None else parent.child()
            if parent is None:
                found.is_held_out = float(stream(self.seed, "hold-out", batch_of(moment)).random()) < HELD_OUT
            self._standings[moment.piece] = found
            for key in moment.came_of[:-1]:
                self._standings.pop(key, None)
        return found

    def situation(self, moment: Moment) -> Situation:
        """A piece at a moment that is still to be taken note of, with all that is known of it."""
        return self._situation(moment, self._standing(moment))

    def _situation(self, moment: Moment, standing: Standing) -> Situation:
        return Situation(
            piece=moment.piece,
            segment=moment.segment,
            kind=moment.kind,
            at_ns=moment.at_ns,
            known=standing.known,
            presets=moment.presets,
            limits=_limits(moment),
            done=standing.done,
        )

    def _decide(self, moment: Moment, standing: Standing) -> None:
        situation = self._situation(moment, standing)
        standing.ages[moment.segment] = {name: calendar.age for name, calendar in self.plant.calendars().items()}
        if self.model is None:
            return
        if self.may_command and not standing.is_held_out:
            started_s = stopwatch_s()
            rng = stream(self.seed, "helm", moment.piece, moment.segment)
            moves = self.steering.guide(self.model, situation, rng, trial=self._trial(moment.at_ns))
            self.advise_s.append(stopwatch_s() - started_s)
            if moves:
                answer = self.shift.ask(moves, moment.at_ns, rng)
                taken = self._command(moment, situation, answer.steps)
                standing.done.update(taken)
                standing.is_steered = standing.is_steered or bool(taken)
                self._tell(moment, "steered", "operator", _steered(moment.segment, moves, answer, taken))
        elif not self.learns_from_trials and self._advises_ns is None:
            standing.done.update(self._habits.steps(self.steering, situation))
        if moment.came_of:
            standing.foretold = self.steering.foretell(self.model, self._situation(moment, standing))

    def _command(self, moment: Moment, situation: Situation, steps: Mapping[str, float]) -> dict[str, float]:
        """Command what was agreed to, lever by lever; what a unit refuses is tried half as far, then left."""
        taken: dict[str, float] = {}
        for lever, agreed in steps.items():
            for part in (1.0, 0.5, 0.25):
                commands = self.steering.commands(situation, {lever: part * agreed})
                if not commands:
                    break
                if all(self.plant.command(moment.piece, key, value) is None for key, value in commands.items()):
                    taken[lever] = part * agreed
                    break
                for key in commands:
                    self.plant.command(moment.piece, key, moment.presets[key])
        return taken

    def _trial(self, at_ns: int) -> float:
        if not self.learns_from_trials:
            return 0.0
        since_d = (at_ns - (self._advises_ns or at_ns)) / NS_PER_DAY
        return TRIAL_STEPS[0] if since_d < TRIAL_D else TRIAL_STEPS[1]

    def _finish(self, moment: Moment, standing: Standing) -> Case:
        assert moment.sorting is not None  # asked by the caller
        self._standings.pop(moment.piece, None)
        case = Case(
            piece=moment.piece,
            batch=batch_of(moment),
            kind=moment.kind,
            finished_ns=moment.at_ns,
            known=standing.known,
            limits=_limits(moment),
            done=standing.done,
            ages=standing.ages,
            faults=moment.sorting.faults,
            is_held_out=standing.is_held_out,
            is_steered=standing.is_steered,
        )
        if self.shuffled:
            case = self._dealt(case)
        for foretold in standing.foretold:
            self.forecasts.judge(foretold, self.steering.result(case, foretold.quality), case.batch)
        self.cases.append(case)
        worth = {"faults": list(case.faults), "worth": self.steering.worth(case), "held_out": case.is_held_out}
        self._tell(moment, "finished", "hub", worth)
        return case

    def _dealt(self, case: Case) -> Case:
        """The case with the results of another of its kind."""
        kin = [other for other in self.cases[-DEALT_AMONG:] if other.kind == case.kind]
        if not kin:
            return case
        other = kin[int(stream(self.seed, "deal", case.piece).integers(len(kin)))]
        results = {key: other.known[key] for key in case.limits if key in other.known}
        return replace(case, known={**case.known, **results}, faults=other.faults)

    def _learn(self, at_ns: int) -> None:
        self._learnt_ns = at_ns
        self._weigh(at_ns)
        started_s = stopwatch_s()
        before = None if self._advises_ns is None else self.model  # centres stay at zero until something is tried
        taught = self.cases
        if not self.learns_from_trials and self._advises_ns is not None:
            taught = [case for case in self.cases if case.finished_ns <= self._advises_ns]
        with threadpool_limits(limits=1):  # small matrices: threads would only wait for each other
            self.model = self.steering.learn(taught, at_ns, before) or self.model
        self.learn_s.append(stopwatch_s() - started_s)
        if self.may_command and self.model is not None:
            for name, every in self.steering.calendars(self.model).items():
                self.plant.reschedule(name, every)
        self._keep()

    def _keep(self) -> None:
        """Write what happened since the last time into the ledger."""
        if self.ledger is not None:
            self.ledger.append(self._untold)
        self._untold.clear()

    def _weigh(self, at_ns: int) -> None:
        told = self.shift.told()
        evidence = Evidence(
            n=self.forecasts.n,
            coverage=self.forecasts.coverage(),
            adoption=told["adoption"],
            failing=self.forecasts.failing(advises=self.may_command),
        )
        move = authority(RULE, evidence, self.level)
        if move is not None:
            self.level = move.after
            if self.may_command and self._advises_ns is None:
                self._advises_ns = at_ns
            self.climbs.append((at_ns, move.after, "; ".join(move.reasons)))
            draft = EventDraft(
                at_ns=at_ns, kind="authority", subject=self.steering.key, actor="hub", payload=move.payload()
            )
            self._untold.append(draft)

    def _tell(self, moment: Moment, kind: str, actor: str, payload: dict[str, object]) -> None:
        """Keep what happened for the ledger, which is written whenever something is learnt."""
        draft = EventDraft(at_ns=moment.at_ns, kind=kind, subject=moment.piece, actor=actor, payload=payload)
        self._untold.append(draft)


def _steered(segment: str, moves: Sequence[Move], answer: Answer, taken: Mapping[str, float]) -> dict[str, object]:
    """A decision as the ledger keeps it: what was proposed, how likely that was, and what was set."""
    said = {
        move.lever: {"proposed": move.steps, "propensity": move.propensity, "set": taken.get(move.lever, 0.0)}
        for move in moves
    }
    return {"segment": segment, "verdict": answer.said, "reason": answer.reason, "moves": said}


def _limits(moment: Moment) -> dict[str, tuple[float, float]]:
    return {aim.parameter: (aim.low, aim.high) for aim in moment.aims}


def batch_of(moment: Moment) -> str:
    """What a piece was made of together with others: the oldest it came of."""
    return moment.came_of[-1] if moment.came_of else moment.piece
