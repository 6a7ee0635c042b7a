"""(d) How long ``make run`` takes, first with an empty folder (the model is there), then once more."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bench.service import Start


@dataclass(frozen=True)
class Starting:
    """cold: initdb and all migrations are part of it; warm: everything is there."""

    cold: Start
    warm: Start | None

    @property
    def trained(self) -> bool:
        """Whether one of the starts had to train a model first, so that its time says nothing."""
        starts = [self.cold] if self.warm is None else [self.cold, self.warm]
        return any("training" in step for start in starts for step in start.steps)

    def as_json(self) -> dict[str, object]:
        """Everything."""
        return asdict(self) | {"trained": self.trained}
