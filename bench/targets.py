"""What the benchmarks of a run were to reach, and what they reached."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reached:
    """One measure against its target, which is a least one, or a `most` one."""

    what: str
    measured: float
    target: float
    unit: str
    most: bool

    @property
    def met(self) -> bool:
        """Whether the measure is at the target or on its better side; never for NaN."""
        if self.most:
            return self.measured <= self.target
        return self.measured >= self.target

    def line(self) -> str:
        """`what  target  measured  met`, in columns."""
        sign = "<=" if self.most else ">="
        asked = f"{sign} {self.target:,g} {self.unit}"
        word = "met" if self.met else "MISSED"
        return f"{self.what:58} {asked:>14} {self.measured:12,.1f} {self.unit:3} {word}"


@dataclass(slots=True)
class Board:
    """All measures of a run, in their order."""

    reached: list[Reached] = field(default_factory=list)

    def hold(
        self, what: str, measured: float, target: float, *, unit: str = "x", most: bool = False
    ) -> Reached:
        """Keep a measure beside its target."""
        self.reached.append(Reached(what, measured, target, unit, most))
        return self.reached[-1]

    def table(self) -> str:
        """All of it, a line each, and how many were met."""
        met = sum(each.met for each in self.reached)
        head = f"{'what':58} {'target':>14} {'measured':>12}"
        total = f"{met} of {len(self.reached)} targets met"
        return "\n".join([head, *(each.line() for each in self.reached), total])


BOARD = Board()
