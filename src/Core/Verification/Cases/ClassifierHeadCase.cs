using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="ClassifierHead"/>, forward and backward; rows of every length, 0 included.</summary>
internal static class ClassifierHeadCase
{
    /// <summary>What both halves read.</summary>
    private sealed record Inputs(double[] HiddenStates, double[] LastHidden, int[] Lengths, int[] Labels, double[] Weights)
    {
        public string Shape => $"B={Lengths.Length} T={HiddenStates.Length / LastHidden.Length} H={Weights.Length}";
    }

    public static void Run(CaseDevice device)
    {
        var (rows, steps, hiddenSize) = (device.Size(60, real: 33), device.Size(4, real: 200), device.Size(70, real: 200));
        var hiddenStates = device.Values(steps * rows * hiddenSize);
        var lengths = device.Indices(rows, steps + 1);
        var lastHidden = new double[rows * hiddenSize];
        for (var b = 0; b < rows; b++)
        {
            if (lengths[b] > 0)
                Array.Copy(hiddenStates, ((lengths[b] - 1) * rows + b) * hiddenSize, lastHidden, b * hiddenSize, hiddenSize);
        }

        var labels = device.Indices(rows, 2);
        var inputs = new Inputs(hiddenStates, lastHidden, lengths, labels, device.Values(hiddenSize, range: 5));
        Run(device, inputs, device.Values(1));
    }

    private static void Run(CaseDevice device, Inputs inputs, double[] bias)
    {
        var (rows, hiddenSize) = (inputs.Lengths.Length, inputs.Weights.Length);
        var (logits, losses, logitGradients) = (device.Output(rows), device.Output(rows), device.Output(rows));
        var (totals, lastHiddenGradient) = (device.Output(2), device.Output(rows * hiddenSize));
        var (weightGradient, biasGradient) = (device.Output(hiddenSize), device.Output(1));
        var arguments = new ClassifierHead.Arguments
        {
            HiddenStates = device.Input(inputs.HiddenStates),
            Lengths = device.Input(inputs.Lengths),
            Labels = device.Input(inputs.Labels),
            Weights = device.Input(inputs.Weights),
            Bias = device.Input(bias),
            Logits = logits.View,
            RowLosses = losses.View,
            LogitGradients = logitGradients.View,
            Totals = totals.View,
            LastHiddenGradient = lastHiddenGradient.View,
            WeightGradient = weightGradient.View,
            BiasGradient = biasGradient.View,
            Rows = rows,
            HiddenSize = hiddenSize,
        };
        ClassifierHead.Forward(device.Device, arguments);
        ClassifierHead.Total(device.Device, arguments);
        var forward = ClassifierHead.Reference.Forward(inputs.LastHidden, inputs.Labels, inputs.Weights, bias[0]);
        device.Compare("classifier head forward", "logits", inputs.Shape, logits, forward.Logits, device.SumBound);
        device.Compare("classifier head forward", "row losses", inputs.Shape, losses, forward.RowLosses, Bounds.Sums);
        device.Compare(
            "classifier head forward", "totals", inputs.Shape, totals, [forward.RowLosses.Sum(), forward.Correct], Bounds.Sums);

        ClassifierHead.Backward(device.Device, arguments);
        double[] computedLogits = Array.ConvertAll(logits.Download(), logit => (double)logit);
        var backward = ClassifierHead.Reference.Backward(inputs.LastHidden, inputs.Labels, inputs.Weights, computedLogits);
        device.Compare(
            "classifier head backward", "totals", inputs.Shape, totals, [forward.RowLosses.Sum(), forward.Correct], Bounds.Sums);
        device.Compare(
            "classifier head backward", "last hidden", inputs.Shape, lastHiddenGradient, backward.LastHidden, Bounds.Elementwise);
        device.Compare("classifier head backward", "weights", inputs.Shape, weightGradient, backward.Weights, Bounds.Sums);
        device.Compare("classifier head backward", "bias", inputs.Shape, biasGradient, [backward.Bias], Bounds.Sums);
    }
}
