using GpuLstm.Kernels.Operations;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="ClassifierHead"/>, forward and backward; rows of every length, 0 included.</summary>
internal static class ClassifierHeadCase
{
    /// <summary>What both halves read.</summary>
    private sealed record Inputs(double[] HiddenStates, double[] LastHidden, int[] Lengths, double[] Labels, double[] Weights)
    {
        public string Shape => $"B={Lengths.Length} T={HiddenStates.Length / LastHidden.Length} H={Weights.Length}";
    }

    public static void Run(CaseDevice device)
    {
        var (rows, steps, hiddenSize) = (device.Size(60), device.Size(4), device.Size(70));
        var hiddenStates = device.Values(steps * rows * hiddenSize);
        var lengths = device.Indices(rows, steps + 1);
        var lastHidden = new double[rows * hiddenSize];
        for (var b = 0; b < rows; b++)
        {
            if (lengths[b] > 0)
                Array.Copy(hiddenStates, ((lengths[b] - 1) * rows + b) * hiddenSize, lastHidden, b * hiddenSize, hiddenSize);
        }

        var labels = Array.ConvertAll(device.Indices(rows, 2), label => (double)label);
        var inputs = new Inputs(hiddenStates, lastHidden, lengths, labels, device.Values(hiddenSize, range: 5));
        Backward(device, inputs, Forward(device, inputs));
    }

    private static double[] Forward(CaseDevice device, Inputs inputs)
    {
        var bias = device.Values(1);
        var rows = inputs.Lengths.Length;
        var (logits, losses, totals) = (device.Output(rows), device.Output(rows), device.Output(2));
        ClassifierHead.Forward(device.Device, new()
        {
            HiddenStates = device.Input(inputs.HiddenStates),
            Lengths = device.Input(inputs.Lengths),
            Labels = device.Input(inputs.Labels),
            Weights = device.Input(inputs.Weights),
            Bias = device.Input(bias),
            Logits = logits.View,
            RowLosses = losses.View,
            Totals = totals.View,
            Rows = rows,
            HiddenSize = inputs.Weights.Length,
        });
        var expected = ClassifierHead.Reference.Forward(inputs.LastHidden, inputs.Labels, inputs.Weights, bias[0]);
        device.Compare("classifier head forward", "logits", inputs.Shape, logits, expected.Logits, device.SumBound);
        device.Compare("classifier head forward", "row losses", inputs.Shape, losses, expected.RowLosses, Bounds.Sums);
        device.Compare("classifier head forward", "totals", inputs.Shape, totals, [expected.RowLosses.Sum(), expected.Correct], Bounds.Sums);
        return Array.ConvertAll(expected.Logits, logit => (double)(float)logit);
    }

    private static void Backward(CaseDevice device, Inputs inputs, double[] logits)
    {
        var (rows, hiddenSize) = (inputs.Lengths.Length, inputs.Weights.Length);
        var (lastHiddenGradient, weightGradient, biasGradient) =
            (device.Output(rows * hiddenSize), device.Output(hiddenSize), device.Output(1));
        ClassifierHead.Backward(device.Device, new()
        {
            HiddenStates = device.Input(inputs.HiddenStates),
            Lengths = device.Input(inputs.Lengths),
            Labels = device.Input(inputs.Labels),
            Weights = device.Input(inputs.Weights),
            Logits = device.Input(logits),
            LastHiddenGradient = lastHiddenGradient.View,
            WeightGradient = weightGradient.View,
            BiasGradient = biasGradient.View,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        var expected = ClassifierHead.Reference.Backward(inputs.LastHidden, inputs.Labels, inputs.Weights, logits);
        device.Compare("classifier head backward", "last hidden", inputs.Shape, lastHiddenGradient, expected.LastHidden, Bounds.Elementwise);
        device.Compare("classifier head backward", "weights", inputs.Shape, weightGradient, expected.Weights, Bounds.Sums);
        device.Compare("classifier head backward", "bias", inputs.Shape, biasGradient, [expected.Bias], Bounds.Sums);
    }
}
