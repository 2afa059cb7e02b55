"""PyTorch at the same work: the classifier, and its training step in each of the ways that PyTorch has to run one."""

import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

WARM_UP_SECONDS = 0.1
BURSTS_IN_BUDGET = 20
MOST_STEPS_IN_BURST = 1024


class LstmClassifier(nn.Module):
    """Embedding [V, E], one LSTM layer of H hidden units, linear [1, H]: logits [B] of tokens [B, T]."""

    def __init__(self, vocabulary, embedding, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, tokens, lengths=None):
        """Reads out the last step, or each row's last token where lengths [B] are given, longest first, on the CPU."""
        inputs = self.embedding(tokens)
        if lengths is not None:
            inputs = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=True)
        _, (last_hidden, _) = self.lstm(inputs)
        return self.fc(last_hidden[-1]).squeeze(1)


class TrainingStep:
    """Forward, backward and Adam on the tensors it holds; call it to run one. Kinds: eager, graph, compile."""

    def __init__(self, model, kind, tokens, labels, lengths=None, learning_rate=0.0):
        self.tokens, self.labels, self.lengths = tokens, labels, lengths
        self.forward = torch.compile(model) if kind == "compile" else model
        self.criterion = nn.BCEWithLogitsLoss()
        # Fused is the fastest Adam there is on a GPU.
        on_gpu = {"fused": True, "capturable": kind == "graph"} if tokens.is_cuda else {}
        self.optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, **on_gpu)
        self.run = self.capture() if kind == "graph" else self.eager

    def __call__(self):
        """The loss of the step; None where it is a graph's."""
        return self.run()

    def eager(self):
        self.optimizer.zero_grad(set_to_none=True)
        return self.work()

    def work(self):
        loss = self.criterion(self.forward(self.tokens, self.lengths), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def capture(self):
        """The step as a CUDA graph, as PyTorch's notes on them do it; a new batch must be copied into the same tensors."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.eager()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)  # so that the gradients lie in the graph's own memory
        with torch.cuda.graph(graph):
            self.work()
        return graph.replay


def set_tf32(allowed):
    """Whether products may round their factors to 10 bits of mantissa; a global switch, looked at by every step."""
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def one_line(error):
    """An exception's type and the first line of its message."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:160]}"


def synchronize(device):
    """Waits until the device has done everything."""
    if device == "cuda":
        torch.cuda.synchronize()


def measure(step, device, seconds):
    """Milliseconds of a step, in bursts that are waited for as a whole, just as the program's own benchmark does it."""

    def timed(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        synchronize(device)
        return time.perf_counter() - start

    timed(1)  # allocates, chooses algorithms, compiles
    burst, start = 1, time.perf_counter()
    while True:
        if timed(burst) < seconds / BURSTS_IN_BUDGET:
            burst = min(2 * burst, MOST_STEPS_IN_BURST)
        if time.perf_counter() - start >= max(WARM_UP_SECONDS, seconds / 4):
            break

    times, start = [], time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        times.append(timed(burst) * 1000 / burst)
    times.sort()
    return {"medianMs": times[len(times) // 2], "bestMs": times[0], "measuredSteps": burst * len(times)}
