using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Verification.Comparison;
using ILGPU;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="LstmSequence"/>, forward and backward, in each of its variants: rows of every length from 0 to all steps, now and
/// then so many that a group has several. At real sizes two rows of 200 steps, which remember the first of them, on every kernel
/// that training takes for so many units.
/// </summary>
internal static class LstmSequenceCase
{
    private const int LongSteps = 200;

    public static void Run(CaseDevice device)
    {
        if (device.IsReal)
        {
            foreach (var hiddenSize in device.HiddenSizesForManySteps())
                Run(device, hiddenSize, rows: 2, LongSteps);
            return;
        }

        var (rows, steps) = device.Random.Next(3) switch
        {
            0 when !device.Device.RunsGroupsSerially => (device.Size(RowsInSeveralGroups(device)), device.Size(4)),
            0 => (RowsOnProcessor(device), device.Size(4)),
            _ => (device.Size(5), device.Size(30)),
        };
        Run(device, device.HiddenSize(), rows, steps);
    }

    private static void Run(CaseDevice device, int hiddenSize, int rows, int steps)
    {
        var slotCount = device.Size(20, real: 20);
        var inputs = new Inputs(
            device.Values(slotCount * 4 * hiddenSize, range: 2),
            device.Indices(steps * rows, slotCount),
            device.Indices(rows, steps + 1),
            device.Uniform(4 * hiddenSize * hiddenSize, 1 / Math.Sqrt(hiddenSize)),
            hiddenSize > 1 && device.Random.Next(2) == 0 ? StateFactors(device, rows, hiddenSize) : [],
            hiddenSize);
        inputs.Lengths[0] = steps;
        if (device.IsReal)
            Remember(inputs.Table);

        var expected = LstmSequence.Reference.Forward(
            inputs.Table, inputs.Slots, inputs.Lengths, inputs.RecurrentWeights, inputs.StateFactors, hiddenSize);
        // Where a case takes long, one of them, another for each hidden size.
        var kinds = Enum.GetValues<IncomingGradient>();
        var incoming = (device.IsReal || device.IsInterpreted ? [kinds[device.Random.Next(kinds.Length)]] : kinds)
            .Select(kind => Incoming.Draw(device, kind, rows, steps, hiddenSize))
            .ToList();
        foreach (var variant in LstmSequence.VariantsOf(device.Device, hiddenSize))
        {
            // What is a launch a step is for more units than other kernels take; with fewer it is interpreted for minutes.
            if (device.IsReal && variant.IsLaunchAStep && TileShape.For(device.Device, hiddenSize) is not null)
                continue;
            if (device.Data == CaseData.Denormals && variant.UsesTensorCores)
                continue; // what tensor cores make of denormal operands is their own affair

            var dropped = inputs.StateFactors.Length > 0 ? " dropped" : "";
            var shape = $"{variant} B={rows} T={steps} H={hiddenSize} U={slotCount}{dropped}";
            foreach (var gradient in incoming)
            {
                // Gates become their gradients: each way back needs its own way forward.
                var (gates, cellStates) = Forward(device, variant, shape, inputs, expected);
                Backward(device, variant, shape, inputs, gradient, expected, gates, cellStates);
            }
        }
    }

    // Up to a half: larger factors make a state of the rounding of many steps.
    private static double[] StateFactors(CaseDevice device, int rows, int hiddenSize)
    {
        var mask = new DropoutMask(0.5 * device.Random.NextDouble(), (uint)device.Random.Next(), DropoutPlace.Recurrent, 0, 1);
        return
        [
            .. from row in Enumerable.Range(0, rows)
               from unit in Enumerable.Range(0, hiddenSize)
               select (double)mask.Factor(row, 0, unit),
        ];
    }

    /// <summary>Gives a table [U, H, 4] a <see cref="LongMemory"/>.</summary>
    private static void Remember(double[] table)
    {
        for (var n = 0; n < table.Length; n += 4)
        {
            table[n] = (float)(table[n] + LongMemory.InputBias);
            table[n + 1] = (float)(table[n + 1] + LongMemory.ForgetBias);
        }
    }

    private static double Bound(SequenceVariant variant) => Bounds.Recurrent + Bounds.Rounding(variant.Precision);

    private static string Named(string operation, SequenceVariant variant) => CaseDevice.Named(operation, variant.Precision);

    private static int RowsInSeveralGroups(CaseDevice device) => Math.Min(600, 8 * device.Device.Info.Multiprocessors);

    // Sixteen rows are a group's there; few steps cost nothing, but where every instruction is interpreted.
    private static int RowsOnProcessor(CaseDevice device) => device.Random.Next(17, device.IsInterpreted ? 20 : 50);

    private static (GuardedBuffer<float> Gates, GuardedBuffer<float> CellStates) Forward(
        CaseDevice device, SequenceVariant variant, string shape, Inputs inputs, LstmSequence.Reference.States expected)
    {
        var (lengths, hiddenSize) = (inputs.Lengths, inputs.HiddenSize);
        var (gates, cellStates, hiddenStates) =
            (device.Output(expected.Gates.Length), device.Output(expected.Cell.Length), device.Output(expected.Hidden.Length));
        variant.Forward(device.Device, new()
        {
            Table = device.Input(inputs.Table).Cast<UnitGates>(),
            Slots = device.Input(inputs.Slots),
            Lengths = device.Input(lengths),
            RecurrentWeights = device.Input(inputs.RecurrentWeights),
            StateFactors = StateFactors(device, inputs),
            Gates = gates.View.Cast<UnitGates>(),
            CellStates = cellStates.View,
            HiddenStates = hiddenStates.View,
            Scratch = device.Output((int)variant.ScratchLength(lengths.Length, hiddenSize)).View,
            Rows = lengths.Length,
            Steps = inputs.Slots.Length / lengths.Length,
            HiddenSize = hiddenSize,
        });
        device.Compare(
            Named("LSTM sequence forward", variant), "gates", shape, gates, WhereRowsRun(expected.Gates, lengths, 4 * hiddenSize),
            Bound(variant));
        device.Compare(
            Named("LSTM sequence forward", variant), "cell states", shape, cellStates,
            WhereRowsRun(expected.Cell, lengths, hiddenSize), Bound(variant));
        device.Compare(
            Named("LSTM sequence forward", variant), "hidden states", shape, hiddenStates, expected.Hidden, Bound(variant));
        return (gates, cellStates);
    }

    private static void Backward(
        CaseDevice device, SequenceVariant variant, string shape, Inputs inputs, Incoming incoming,
        LstmSequence.Reference.States states, GuardedBuffer<float> gates, GuardedBuffer<float> cellStates)
    {
        var (lengths, hiddenSize) = (inputs.Lengths, inputs.HiddenSize);
        var expected = LstmSequence.Reference.Backward(
            incoming.Gradient, incoming.Kind, states, lengths, inputs.RecurrentWeights, inputs.StateFactors, hiddenSize);
        variant.Backward(device.Device, new()
        {
            HiddenGradient = device.Input(incoming.Gradient),
            Lengths = device.Input(lengths),
            RecurrentWeights = device.Input(inputs.RecurrentWeights),
            StateFactors = StateFactors(device, inputs),
            Gates = gates.View.Cast<UnitGates>(),
            CellStates = cellStates.View,
            CellGradient = device.Output(lengths.Length * hiddenSize).View,
            Scratch = device.Output((int)variant.ScratchLength(lengths.Length, hiddenSize)).View,
            Rows = lengths.Length,
            Steps = expected.Length / (4 * lengths.Length * hiddenSize),
            HiddenSize = hiddenSize,
        }, incoming.Kind);
        device.Compare(
            Named("LSTM sequence backward", variant), "gates", $"{shape} {incoming.Kind}", gates, expected,
            device.GradientBound(Bound(variant)));
    }

    private static ArrayView<float> StateFactors(CaseDevice device, Inputs inputs) =>
        inputs.StateFactors.Length > 0 ? device.Input(inputs.StateFactors) : default;

    /// <summary>What the kernels read.</summary>
    private sealed record Inputs(
        double[] Table, int[] Slots, int[] Lengths, double[] RecurrentWeights, double[] StateFactors, int HiddenSize);

    /// <summary>A gradient that comes in.</summary>
    private sealed record Incoming(IncomingGradient Kind, double[] Gradient)
    {
        public static Incoming Draw(CaseDevice device, IncomingGradient kind, int rows, int steps, int hiddenSize) =>
            new(kind, device.Gradients((kind == IncomingGradient.AtEveryStep ? steps : 1) * rows * hiddenSize));
    }

    /// <summary>Gates and cell states behind a row's end are unwritten: NaN, so that they are not compared.</summary>
    private static double[] WhereRowsRun(double[] states, int[] lengths, int width)
    {
        var masked = (double[])states.Clone();
        for (var index = 0; index < masked.Length; index++)
        {
            var position = index / width;
            if (position / lengths.Length >= lengths[position % lengths.Length])
                masked[index] = double.NaN;
        }

        return masked;
    }
}
