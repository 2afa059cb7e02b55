#!/usr/bin/env python3
"""Times training steps of this program and of PyTorch's nn.LSTM by turns, shape after shape, in one run.

Needs Python 3 and PyTorch. The program answers shapes on its standard input (`gpulstm benchmark --from-stdin`), so both keep their
device open, and one waits while the other is measured.
"""

import argparse
import datetime
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

START = time.monotonic()  # importing PyTorch may take a good part of the budget
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # on a CPU, threads that spin would take the other's time

import torch

from pytorch_lstm import LstmClassifier, TrainingStep, measure, one_line, set_tf32

KINDS = ["eager", "graph", "compile"]
PRECISIONS = ["float32", "tf32", "bf16"]
LEAST_HIDDEN_FOR_TENSOR_CORES = 64  # below, the program has nothing to round
TURNS = 2
SLOW_SECONDS = 5  # what took longer than this once is not measured again
START_SECONDS = 30  # for the program to start and to load its kernels
MOST_ELEMENTS = 1 << 30  # of one buffer of the program: the gates [T, B, 4H]
FAILURES_BEFORE_GIVING_UP = 3


class Shape(NamedTuple):
    """A batch of `batch` rows, the longest of `steps` tokens; lengths are fixed, or packed: uniform from 1 to steps."""

    hidden: int
    batch: int
    steps: int
    lengths: str

    def __str__(self):
        return f"hidden {self.hidden}, batch {self.batch}, T {self.steps}, {self.lengths}"

    def is_no_smaller_than(self, other):
        return self.lengths == other.lengths and all(mine >= theirs for mine, theirs in zip(self[:3], other[:3]))


class ProgramError(Exception):
    """The program failed; the message is its last line of standard error."""


class ProgramTooSlow(Exception):
    """The program gave no answer in time, and was stopped."""


class Program:
    """`gpulstm benchmark --from-stdin`, started when it is first asked, and again after a failure."""

    def __init__(self, command):
        self.command = command
        self.process = None

    def ask(self, shape, precision, limit):
        """The program's answer for a shape, within `limit` seconds and those of a start."""
        if self.process is None:
            self._start()
            limit += START_SECONDS
        lengths = "fixed" if shape.lengths == "fixed" else "varied"
        try:
            self.process.stdin.write(f"{shape.hidden} {shape.batch} {shape.steps} {lengths} training {precision}\n".encode())
            return json.loads(self._read_line(time.monotonic() + limit))
        except (BrokenPipeError, ValueError) as error:
            raise self._failure() from error

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            self.errors.close()

    def _start(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0)

    def _read_line(self, deadline):
        line = b""
        while not line.endswith(b"\n"):
            output = self.process.stdout
            if not select.select([output], [], [], max(0, deadline - time.monotonic()))[0]:
                self.close()
                raise ProgramTooSlow
            part = os.read(output.fileno(), 65536)
            if not part:
                raise self._failure()
            line += part
        return line

    def _failure(self):
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").split("\n")
        self.close()
        return ProgramError(next((line for line in reversed(lines) if line.strip()), "it ended without a word"))


class Comparison:
    """Measures shapes until the time is up, and keeps what it has measured."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.deadline = START + arguments.budget
        self.program = Program([
            arguments.program, "benchmark", "--from-stdin", "--accelerator", arguments.accelerator,
            "--embedding", str(arguments.embedding), "--vocabulary", str(arguments.vocabulary), "--seconds", str(arguments.seconds),
        ])
        self.rows = []
        self.failures = []  # of the program
        self.notes = Counter()  # what PyTorch could not do
        self.too_slow = []
        self.compile_seconds = 0.0

    def remaining(self):
        return self.deadline - time.monotonic()

    def run(self, shapes, on_row):
        """Measures shape after shape."""
        for number, shape in enumerate(shapes, start=1):
            if self.remaining() <= 0:
                break
            row = self.measure(shape)
            self.rows.append(row)
            on_row(number, row)
            if len(self.failures) >= FAILURES_BEFORE_GIVING_UP and not any(row["ours"] for row in self.rows):
                break

    def measure(self, shape):
        """Ours and PyTorch's by turns; the better of the turns counts, for whatever disturbs only adds time."""
        row = {**shape._asdict(), "oursDevice": None, "ours": {}, "pytorch": {}}
        steps = {}  # variants that can be measured (again)
        precisions = [precision for precision in self.arguments.precisions
                      if precision == "float32" or shape.hidden >= LEAST_HIDDEN_FOR_TENSOR_CORES]
        if 4 * shape.hidden * shape.batch * shape.steps > MOST_ELEMENTS:
            self.notes[f"ours at {shape}: more values than one buffer holds"] += 1
            precisions = []
        for turn in range(TURNS):
            self._leave_memory_to_the_program()
            precisions = [precision for precision in precisions if self._measure_ours(shape, precision, row)]
            if turn == 0:
                steps = dict(self._variants(shape))
            for name in list(steps):
                if self.remaining() <= 0:
                    break
                if not self._measure_pytorch(name, steps, row["pytorch"]):
                    del steps[name]
        return row

    def _measure_ours(self, shape, precision, row):
        """False where the shape need not be asked for again."""
        slower = next((slow for slow in self.too_slow if shape.is_no_smaller_than(slow)), None)
        if slower is not None:
            self.notes[f"ours at shapes no smaller than {slower}: left out, for that one took too long"] += 1
            return False
        if self.remaining() <= 0:
            return False
        start = time.monotonic()
        try:
            answer = self.program.ask(shape, precision, min(self.arguments.patience, max(5.0, self.remaining())))
        except ProgramTooSlow:
            self.too_slow.append(shape)
            return False
        except ProgramError as error:
            self.failures.append(f"ours at {shape}, {precision}: {error}")
            return False
        row["oursDevice"] = answer["device"]
        row["ours"][precision] = better(row["ours"].get(precision), {key: answer[key] for key in ("medianMs", "bestMs", "measuredSteps")})
        return time.monotonic() - start < SLOW_SECONDS

    def _variants(self, shape):
        """What PyTorch is measured as, by name; steps are made when they are first measured."""
        on_gpu = self.arguments.device == "cuda"
        works = {
            "eager": True,
            "graph": on_gpu and shape.lengths == "fixed",
            "compile": shape.lengths == "fixed" and self.compile_seconds < self.arguments.compile_seconds,
        }
        for tf32 in (False, True) if on_gpu else (False,):
            for kind in filter(works.get, self.arguments.kinds):
                yield f"{'tf32' if tf32 else 'float32'} {kind}", lambda kind=kind: self._create_step(shape, kind)

    def _create_step(self, shape, kind):
        device = self.arguments.device
        torch.manual_seed(1)
        model = LstmClassifier(self.arguments.vocabulary, self.arguments.embedding, shape.hidden).to(device)
        tokens = torch.randint(1, self.arguments.vocabulary, (shape.batch, shape.steps), device=device)
        labels = torch.randint(0, 2, (shape.batch,), device=device).float()
        lengths = None
        if shape.lengths == "packed":
            # The very lengths that the program takes: the quantiles of the uniform distribution, longest first.
            lengths = torch.tensor([-(-(row + 1) * shape.steps // shape.batch) for row in reversed(range(shape.batch))])
        if kind == "compile":
            torch.compiler.reset()  # a fresh start, as if this shape were the only one
        # A learning rate of 0, as in the program: on one batch the weights would soon fit it.
        return TrainingStep(model, kind, tokens, labels, lengths, learning_rate=0.0)

    def _measure_pytorch(self, name, steps, results):
        """False where the variant does not work or need not be measured again."""
        start = time.monotonic()
        set_tf32(name.startswith("tf32"))
        try:
            if not isinstance(steps[name], TrainingStep):
                steps[name] = steps[name]()
            results[name] = better(results.get(name), measure(steps[name], self.arguments.device, self.arguments.seconds))
        except Exception as error:  # whatever it is, the other variants go on
            self.notes[f"PyTorch {name}: {one_line(error)}"] += 1
            self._check_device()
            return False
        finally:
            if name.endswith("compile"):
                self.compile_seconds += time.monotonic() - start
        return time.monotonic() - start < SLOW_SECONDS

    def _leave_memory_to_the_program(self):
        gc.collect()  # the last shape's steps
        if self.arguments.device == "cuda":
            torch.cuda.empty_cache()

    def _check_device(self):
        """A failed kernel can leave CUDA unusable in this process; then there is no going on."""
        if self.arguments.device == "cuda":
            torch.zeros(1, device="cuda").item()


def better(first, second):
    """The measurement with the lower median; the best of both."""
    if first is None:
        return second
    lower = min(first, second, key=lambda measurement: measurement["medianMs"])
    return {
        "medianMs": lower["medianMs"],
        "bestMs": min(first["bestMs"], second["bestMs"]),
        "measuredSteps": first["measuredSteps"] + second["measuredSteps"],
    }


def digits(value):
    """Three digits, never in powers of ten."""
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def fastest(row, precision):
    """Name and median of PyTorch's fastest variant of a precision; (None, None) without one."""
    medians = {
        name.split()[1]: result["medianMs"] for name, result in row["pytorch"].items() if name.startswith(precision)
    }
    name = min(medians, key=medians.get, default=None)
    return name, medians.get(name)


def table(rows):
    """The comparison as Markdown: milliseconds of a step, and how many times faster ours is."""
    yield "| hidden | batch | T | lengths | ours float32 | PyTorch float32 | by | ratio | ours tf32 | PyTorch tf32 | by | ratio | ours bf16 |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        cells = [str(row["hidden"]), str(row["batch"]), str(row["steps"]), row["lengths"]]
        for precision in ("float32", "tf32"):
            ours = row["ours"].get(precision, {}).get("medianMs")
            name, median = fastest(row, precision)
            cells.append(digits(ours) if ours else "-")
            cells += [digits(median), name] if median else ["-", "-"]
            # Where the program has nothing to round, its float32 stands against tf32 too.
            ours = ours or row["ours"].get("float32", {}).get("medianMs")
            cells.append(digits(median / ours) if median and ours else "-")
        cells.append(digits(row["ours"]["bf16"]["medianMs"]) if "bf16" in row["ours"] else "-")
        yield f"| {' | '.join(cells)} |"


def describe(row):
    """What was measured of a shape, on one line."""
    results = {**{f"ours {precision}": result for precision, result in row["ours"].items()}, **row["pytorch"]}
    return ", ".join(f"{name} {digits(result['medianMs'])}" for name, result in results.items())


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--program", default=str(Path(__file__).resolve().parent / "gpulstm"), help="the packed program")
    parser.add_argument("--accelerator", default="cuda", help="the program's --accelerator")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"], help="PyTorch's device")
    parser.add_argument("--hidden", type=int, nargs="+", default=[1, 16, 64, 128, 256, 512, 1024])
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128, 512])
    parser.add_argument("--steps", type=int, nargs="+", default=[200, 1000], help="T")
    parser.add_argument("--lengths", nargs="+", choices=["fixed", "packed"], default=["fixed", "packed"])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="how PyTorch runs its steps")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, help="the program's; all where --accelerator is cuda, else float32")
    parser.add_argument("--embedding", type=int, default=16)
    parser.add_argument("--vocabulary", type=int, default=275)
    parser.add_argument("--seconds", type=float, default=0.25, help="of each measurement, after its warm-up")
    parser.add_argument("--budget", type=float, default=300, help="seconds in all; then it ends with what it has")
    parser.add_argument("--patience", type=float, default=45, help="seconds to wait for the program's answer")
    parser.add_argument("--compile-seconds", type=float, default=40, help="most seconds to spend on torch.compile")
    parser.add_argument("--json", type=Path, help="write all figures to this file, after every shape")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    arguments.precisions = arguments.precisions or (PRECISIONS if arguments.accelerator == "cuda" else PRECISIONS[:1])
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("error: PyTorch sees no CUDA device; give --device cpu")
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"error: there is no program '{arguments.program}'; make one with pack.sh, and give it as --program")
    # Those that matter most come first, whenever the time is up.
    shapes = [
        Shape(hidden, batch, steps, lengths)
        for steps in arguments.steps
        for batch in arguments.batch
        for lengths in arguments.lengths
        for hidden in arguments.hidden
    ]
    header = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "pytorchDevice": torch.cuda.get_device_name() if arguments.device == "cuda" else f"CPU, {torch.get_num_threads()} threads",
        "accelerator": arguments.accelerator,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "embedding": arguments.embedding,
        "vocabulary": arguments.vocabulary,
        "secondsEach": arguments.seconds,
    }
    print("\n".join(f"{key}: {value}" for key, value in header.items()), flush=True)
    comparison = Comparison(arguments)

    def save():
        if arguments.json:
            arguments.json.write_text(json.dumps(
                {**header, "rows": comparison.rows, "failures": comparison.failures, "notes": comparison.notes}, indent=1))

    def on_row(number, row):
        save()
        shape = Shape(*(row[field] for field in Shape._fields))
        print(f"[{number}/{len(shapes)}, {time.monotonic() - START:.0f} s] {shape}: {describe(row)}", flush=True)

    def stop(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        comparison.run(shapes, on_row)
    except KeyboardInterrupt:
        comparison.failures.append("stopped from outside")
    except Exception as error:
        comparison.failures.append(f"PyTorch cannot go on: {one_line(error)}")
    finally:
        comparison.program.close()
    save()

    print(f"\nmilliseconds of a training step, and how many times faster ours is; {len(comparison.rows)} of {len(shapes)} shapes")
    print("\n".join(table(comparison.rows)))
    for note, count in comparison.notes.items():
        print(f"note: {note}" + (f" ({count} times)" if count > 1 else ""))
    for failure in comparison.failures:
        print(f"FAILED: {failure}")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main())
