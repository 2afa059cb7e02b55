namespace GpuLstm.Metrics;

/// <summary>One epoch's figures; a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">
/// Mean loss of the training rows, by their classes' weights, each with the parameters of its step.
/// </param>
/// <param name="TrainAccuracy">Share of them classified right, likewise.</param>
/// <param name="Seconds">Wall time of the epoch's steps.</param>
/// <param name="RowsPerSecond">Training rows a second.</param>
/// <param name="CompiledKernels">True where the time holds the compilation of the device's kernels.</param>
public sealed record EpochReport(
    int Epoch, double TrainLoss, double TrainAccuracy, double Seconds, double RowsPerSecond, bool CompiledKernels);
