using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="Directions"/>: rows of every length from 0 to all steps; what is joined and split again is the same.
/// </summary>
internal static class DirectionsCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, steps, hiddenSize) = (device.Size(20, real: 32), device.Size(20, real: 200), device.Size(20, real: 9));
        var lengths = device.Indices(rows, steps + 1);
        var positions = Directions.Reference.ReversedPositions(lengths, steps);
        Reverse(device, lengths, positions, steps);
        var shape = $"B={rows} T={steps} H={hiddenSize}";
        var (forward, reverse) = (device.Values(positions.Length * hiddenSize), device.Values(positions.Length * hiddenSize));
        var joined = Directions.Reference.Join(forward, reverse, positions, hiddenSize);
        var features = device.Output(joined.Length);
        Directions.Join(device.Device, new()
        {
            Forward = device.Input(forward),
            Reverse = device.Input(reverse),
            Positions = device.Input(positions),
            Features = features.View,
            Count = positions.Length,
            HiddenSize = hiddenSize,
        });
        device.Compare("directions", "joined", shape, features, joined, bound: 0);
        var (forwardPart, reversePart) = (device.Output(forward.Length), device.Output(reverse.Length));
        Directions.Split(device.Device, new()
        {
            Forward = forwardPart.View,
            Reverse = reversePart.View,
            Positions = device.Input(positions),
            Features = device.Input(joined),
            Count = positions.Length,
            HiddenSize = hiddenSize,
        });
        device.Compare("directions", "split, forward", shape, forwardPart, forward, bound: 0);
        device.Compare("directions", "split, reverse", shape, reversePart, reverse, bound: 0);
    }

    private static void Reverse(CaseDevice device, int[] lengths, int[] positions, int steps)
    {
        var slots = device.Indices(positions.Length, below: 9);
        int[] running = [.. Enumerable.Range(0, positions.Length).Where(p => p / lengths.Length < lengths[p % lengths.Length])];
        int[] sorted = [.. running.OrderBy(p => slots[p])];
        var (reversed, reversedSlots, reversedSorted, count) =
            (
                device.IndexOutput(positions.Length), device.IndexOutput(positions.Length), device.IndexOutput(sorted.Length),
                device.IndexOutput(1));
        Directions.Reverse(device.Device, new()
        {
            Lengths = device.Input(lengths),
            Slots = device.Input(slots),
            SortedPositions = device.Input(sorted),
            ReversedPositions = reversed.View,
            ReversedSlots = reversedSlots.View,
            ReversedSortedPositions = reversedSorted.View,
            PositionCount = count.View,
            Rows = lengths.Length,
            Steps = steps,
            Running = sorted.Length,
        });
        var shape = $"B={lengths.Length} T={steps}";
        device.Compare("directions", "positions", shape, reversed, positions);
        var runs = running.ToHashSet();
        device.Compare(
            "directions", "slots", shape, reversedSlots,
            [.. Enumerable.Range(0, positions.Length).Select(p => runs.Contains(p) ? slots[positions[p]] : -1)]);
        device.Compare("directions", "sorted positions", shape, reversedSorted, [.. sorted.Select(p => positions[p])]);
        device.Compare("directions", "count", shape, count, [positions.Length]);
    }
}
