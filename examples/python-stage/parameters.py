"""What the release file may say of the stage `crew-cost`. An unknown name is an error: a misspelt limit would be no limit."""

from dataclasses import asdict, dataclass, field

from seatrial_stage import BadParameters


@dataclass(frozen=True)
class Parameters:
    missed: float  # cost of a late flight without a crew
    needless: float  # cost of a crew that waits for nothing
    currency: str = "EUR"
    data: str = "validation"
    label: str = "late"
    time: str = "scheduled_at"
    min_days: int = 5
    resamples: int = 2000
    seed: int = 1
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, stage: dict) -> "Parameters":
        given = {NAMES.get(name, name): value for name, value in stage["parameters"].items()}
        known = [*NAMES, *(name for name in cls.__dataclass_fields__ if name not in NAMES.values())]
        for name in stage["parameters"]:
            if name not in known:
                raise BadParameters(f"parameter {name} of the stage {stage['name']} is unknown; it is one of {', '.join(known)}")
        for name in ("missed", "needless"):
            if name not in given:
                raise BadParameters(f"parameter {name} of the stage {stage['name']} is missing; write `{name}: 100`")
        wanted = cls(**given)
        wanted.check()
        return wanted

    def check(self) -> None:
        for name, least in (("missed", 0), ("needless", 0), ("min_days", 1), ("resamples", 100), ("seed", 0)):
            value = getattr(self, name)
            whole = self.__dataclass_fields__[name].type is int
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or value < least:
                raise self.wrong(f"{name} is {value!r}; write a {'whole ' if whole else ''}number from {least} on")
        for name in ("currency", "data", "label", "time"):
            if not isinstance(getattr(self, name), str):
                raise self.wrong(f"{name} is {getattr(self, name)!r}; write a text")
        for name, pair in self.ranges.items():
            numbers = isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, (int, float)) for one in pair)
            if not numbers or pair[0] > pair[1]:
                raise self.wrong(f"ranges.{name} is {pair!r}; write [LEAST, MOST]")

    def wrong(self, what: str) -> BadParameters:
        return BadParameters(f"the parameters of the stage crew-cost are wrong: {what}")

    def shown(self) -> dict:
        return asdict(self)


# As the release file writes them.
NAMES = {"minDays": "min_days"}
