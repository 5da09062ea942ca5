"""What peers.py measured, in a file that is whole at every moment."""

import json
import os
import sys
import time


class Results:
    """A plan of measurements, taken one by one until the time is used.

    The file is written anew after every measurement, beside its place and then renamed: whoever reads it finds all that was
    measured so far, and under "missing" the names of what was not.
    """

    def __init__(self, path, head, seconds_limit=None, clock=time.monotonic):
        self.path = path
        self.content = {**head, "steps": [], "rounds": [], "sorts": [], "kernels": [], "missing": []}
        self.plan = []
        self.clock = clock
        self.end = None if seconds_limit is None else clock() + seconds_limit

    def add(self, name, kind, measure):
        """Plans a measurement; measure() gives an entry of "steps", "rounds", "sorts" or "kernels"."""
        self.plan.append((name, kind, measure))

    def take(self):
        """Measures all of the plan that is begun before the time is used."""
        self.write(self.plan)
        for done, (name, kind, measure) in enumerate(self.plan):
            if self.end is not None and self.clock() >= self.end:
                print(f"PyTorch: the time is used; {len(self.plan) - done} measurements are left out", file=sys.stderr)
                return
            print(f"PyTorch, {name}", file=sys.stderr)
            self.content[kind].append(measure())
            self.write(self.plan[done + 1:])

    def write(self, missing):
        self.content["missing"] = [name for name, _, _ in missing]
        temporary = f"{self.path}.{os.getpid()}.part"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(self.content, file)
        for _ in range(100):
            try:
                os.replace(temporary, self.path)
                return
            except PermissionError:  # on Windows, while somebody reads the file
                time.sleep(0.01)
        os.replace(temporary, self.path)


def measured(field, measure):
    """What measure() gives, or why there is nothing."""
    try:
        return {field: measure(), "error": None}
    except Exception as error:  # what this build of PyTorch cannot do is reported, and the others go on
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return {field: None, "error": lines[0][:200]}
