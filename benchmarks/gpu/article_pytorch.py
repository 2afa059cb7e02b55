#!/usr/bin/env python3
"""Times PyTorch at the article's training: characters, embedding 16, one hidden unit, batch 32, 200 steps, 100 epochs.

Runs a part of the training steps, as many as the time allows, and extrapolates to 100 epochs; evaluation and reading are left out.
"""

import argparse
import csv
import datetime
import json
import random
import sys
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, TensorDataset

from pytorch_lstm import LstmClassifier, TrainingStep, one_line, set_tf32, synchronize

EMBEDDING = 16
HIDDEN = 1
BATCH = 32
STEPS = 200
EPOCHS = 100
LEARNING_RATE = 0.001
TRAINING_SHARE = 0.8


def read_tweets(path):
    """Tokens [N, T], 0 behind a text's end, labels [N] of the training part, and the rows of the embedding."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = [(row[2], row[3]) for row in csv.reader(file) if row[2] in ("Positive", "Negative") and row[3]]
    random.Random(1).shuffle(rows)
    rows = rows[: int(TRAINING_SHARE * len(rows))]
    index = {}
    tokens = torch.zeros(len(rows), STEPS, dtype=torch.long)
    for number, (_, text) in enumerate(rows):
        encoded = [index.setdefault(character, len(index) + 1) for character in text[:STEPS]]
        tokens[number, : len(encoded)] = torch.tensor(encoded)
    labels = torch.tensor([float(sentiment == "Negative") for sentiment, _ in rows])
    return tokens, labels, len(index) + 2  # padding and <UNK>


def create_step(vocabulary, kind, device):
    torch.manual_seed(1)
    model = LstmClassifier(vocabulary, EMBEDDING, HIDDEN).to(device)
    tokens = torch.zeros(BATCH, STEPS, dtype=torch.long, device=device)
    return TrainingStep(model, kind, tokens, torch.zeros(BATCH, device=device), learning_rate=LEARNING_RATE)


def with_loader(tokens, labels, vocabulary, device):
    """As one writes it first: a DataLoader, each batch moved to the device, the loss read every step."""
    step = create_step(vocabulary, "eager", device)
    while True:
        for batch_tokens, batch_labels in DataLoader(TensorDataset(tokens, labels), batch_size=BATCH, shuffle=True, drop_last=True):
            step.tokens, step.labels = batch_tokens.to(device), batch_labels.to(device)
            yield step().item()


def on_device(tokens, labels, vocabulary, device, kind="eager"):
    """All rows on the device; nothing is waited for."""
    step = create_step(vocabulary, kind, device)
    tokens, labels = tokens.to(device), labels.to(device)
    while True:
        order = torch.randperm(len(labels), device=device)
        for start in range(0, len(labels) - BATCH + 1, BATCH):
            rows = order[start : start + BATCH]
            torch.index_select(tokens, 0, rows, out=step.tokens)
            torch.index_select(labels, 0, rows, out=step.labels)
            step()
            yield None


def time_steps(steps, device, seconds):
    """Milliseconds of a step, and how many were timed."""
    for _ in range(20):
        next(steps)
    synchronize(device)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(50):
            next(steps)
        synchronize(device)
        count += 50
    return (time.perf_counter() - start) * 1000 / count, count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("data", type=Path, help="twitter_training.csv")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--seconds", type=float, default=5, help="of steps for each way of training")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    device = arguments.device
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("error: PyTorch sees no CUDA device; give --device cpu")

    set_tf32(False)
    tokens, labels, vocabulary = read_tweets(arguments.data)
    steps_in_epoch = -(-len(labels) // BATCH)
    print(f"{len(labels)} training rows, {vocabulary} rows of the embedding, {steps_in_epoch * EPOCHS} steps in {EPOCHS} epochs", flush=True)
    ways = {
        "eager, DataLoader": lambda: with_loader(tokens, labels, vocabulary, device),
        "eager, data on the device": lambda: on_device(tokens, labels, vocabulary, device),
    }
    if device == "cuda":
        ways["CUDA graph, data on the device"] = lambda: on_device(tokens, labels, vocabulary, device, "graph")
    results, failed = [], False
    for name, start in ways.items():
        try:
            milliseconds, count = time_steps(start(), device, arguments.seconds)
        except Exception as error:
            print(f"PyTorch, {name}: {one_line(error)}", flush=True)
            failed = failed or name.startswith("eager")
            continue
        total = milliseconds * steps_in_epoch * EPOCHS / 1000
        results.append({"way": name, "stepMs": milliseconds, "measuredSteps": count, "extrapolatedSeconds": total})
        print(f"PyTorch, {name}: {milliseconds:.3f} ms a step in {count} steps; {EPOCHS} epochs, extrapolated: {total:.1f} s", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps({
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "pytorchDevice": torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads",
            "torch": torch.__version__, "trainingRows": len(labels), "steps": steps_in_epoch * EPOCHS, "results": results,
        }, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
