using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="ClassifierHead"/>, forward and backward, with every kind of loss, plain and with weights and smoothing; rows of
/// every length, 0 included.
/// </summary>
internal static class ClassifierHeadCase
{
    private const int MostClasses = 70; // more than a group has threads

    /// <summary>What both halves read.</summary>
    private sealed record Inputs(
        double[] HiddenStates, double[] LastHidden, int[] Lengths, int[] Labels, double[] Weights, double[] Bias, Loss Loss,
        LossNumbers Numbers)
    {
        public int HiddenSize => Weights.Length / Bias.Length;

        public string Shape =>
            $"B={Lengths.Length} T={HiddenStates.Length / LastHidden.Length} H={HiddenSize} C={Numbers.ClassWeights.Count}"
            + $"{(Numbers.IsPlain ? "" : " weighted, smoothed")}";
    }

    public static void Run(CaseDevice device)
    {
        foreach (var loss in Loss.All)
        {
            int[] supported = [.. Enumerable.Range(2, MostClasses - 1).Where(loss.Supports)];
            var few = supported[device.Random.Next(Math.Min(4, supported.Length))];
            Run(device, loss, few, LossNumbers.Plain(few));
            var any = supported[device.Random.Next(supported.Length)];
            Run(device, loss, any, new LossNumbers(
                [.. Enumerable.Range(0, any).Select(_ => (double)(float)(0.5 + device.Random.NextDouble()))], Smoothing: 0.25));
        }
    }

    private static void Run(CaseDevice device, Loss loss, int classes, LossNumbers numbers)
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

        var logits = loss.LogitsOf(classes);
        Run(device, new Inputs(
            hiddenStates, lastHidden, lengths, device.Indices(rows, classes), device.Values(logits * hiddenSize, range: 5),
            device.Values(logits), loss, numbers));
    }

    private static void Run(CaseDevice device, Inputs inputs)
    {
        var (rows, hiddenSize, count) = (inputs.Lengths.Length, inputs.HiddenSize, inputs.Bias.Length);
        var (logits, losses) = (device.Output(rows * count), device.Output(rows));
        var (totals, lastHiddenGradient) = (device.Output(2), device.Output(rows * hiddenSize));
        var (weightGradient, biasGradient) = (device.Output(count * hiddenSize), device.Output(count));
        var arguments = new ClassifierHead.Arguments
        {
            HiddenStates = device.Input(inputs.HiddenStates),
            Lengths = device.Input(inputs.Lengths),
            Labels = device.Input(inputs.Labels),
            Weights = device.Input(inputs.Weights),
            Bias = device.Input(inputs.Bias),
            Loss = LossArguments.Of(
                inputs.Numbers, device.Input([.. inputs.Numbers.ClassWeights]), inputs.Numbers.WeightOf(inputs.Labels)),
            Logits = logits.View,
            RowLosses = losses.View,
            LogitGradients = device.Output(rows * count).View,
            Totals = totals.View,
            LastHiddenGradient = lastHiddenGradient.View,
            WeightGradient = weightGradient.View,
            BiasGradient = biasGradient.View,
            Rows = rows,
            HiddenSize = hiddenSize,
            LogitCount = count,
        };
        ClassifierHead.Forward(device.Device, arguments);
        ClassifierHead.Total(device.Device, arguments);
        var forward = ClassifierHead.Reference.Forward(
            inputs.LastHidden, inputs.Labels, inputs.Weights, inputs.Bias, inputs.Loss, inputs.Numbers);
        var lossBound = Bounds.Sums;
        device.Compare("classifier head forward", "logits", inputs.Shape, logits, forward.Logits, device.SumBound);
        device.Compare("classifier head forward", "row losses", inputs.Shape, losses, forward.RowLosses, lossBound);
        device.Compare(
            "classifier head forward", "totals", inputs.Shape, totals, [forward.RowLosses.Sum(), forward.Correct], lossBound);

        ClassifierHead.Backward(device.Device, arguments);
        double[] computedLogits = Array.ConvertAll(logits.Download(), logit => (double)logit);
        var backward = ClassifierHead.Reference.Backward(
            inputs.LastHidden, inputs.Labels, inputs.Weights, computedLogits, inputs.Loss, inputs.Numbers);
        device.Compare(
            "classifier head backward", "totals", inputs.Shape, totals, [forward.RowLosses.Sum(), forward.Correct], lossBound);
        // Of one logit an element is a product, of several a sum whose terms may cancel, each a weight times a row's share.
        var (hiddenBound, terms) = count == 1
            ? (Bounds.Elementwise, 1)
            : (Bounds.Sums, Math.Max(1, inputs.Weights.Max(Math.Abs) / rows));
        device.Compare(
            "classifier head backward", "last hidden", inputs.Shape, lastHiddenGradient, backward.LastHidden, hiddenBound, terms);
        device.Compare("classifier head backward", "weights", inputs.Shape, weightGradient, backward.Weights, Bounds.Sums);
        device.Compare("classifier head backward", "bias", inputs.Shape, biasGradient, backward.Bias, Bounds.Sums);
    }
}
