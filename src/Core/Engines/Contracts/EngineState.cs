using GpuLstm.Options;

namespace GpuLstm.Engines.Contracts;

/// <summary>
/// All that training steps change in an engine, by name. An engine that takes it over goes on as the one that gave it, bit for
/// bit on the same device.
/// </summary>
/// <param name="Step">Training steps done.</param>
/// <param name="Totals">What <see cref="ITrainingEngine.TakeTrainingTotals"/> would give.</param>
/// <param name="Buffers">
/// <see cref="Parameters"/> and what the optimizer remembers of each, under PyTorch's names; each flat in the layout's order.
/// </param>
public sealed record EngineState(int Step, BatchTotals Totals, IReadOnlyDictionary<string, float[]> Buffers)
{
    /// <summary>The name of the parameters themselves.</summary>
    public const string Parameters = "parameters";

    /// <summary>The name of their moving average, where the optimizer keeps one.</summary>
    public const string Average = "average";

    /// <summary>What the trained model has: the average where there is one, else the parameters.</summary>
    public float[] Model => Buffers.GetValueOrDefault(Average) ?? Buffers[Parameters];

    /// <summary>The names of the buffers that an engine has.</summary>
    public static IReadOnlyList<string> NamesOf(OptimizerOptions optimizer) =>
    [
        Parameters, .. optimizer.Rule.States, .. optimizer.AverageDecay is null ? Array.Empty<string>() : [Average],
    ];

    /// <summary>Refuses buffers that are not an engine's.</summary>
    /// <param name="buffers">What is given.</param>
    /// <param name="names">The engine's names.</param>
    /// <param name="length">Elements of each.</param>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a buffer has another length.</exception>
    internal static void RequireSame(
        IReadOnlyDictionary<string, float[]> buffers, IReadOnlyCollection<string> names, int length)
    {
        if (names.FirstOrDefault(name => !buffers.ContainsKey(name)) is { } missing)
            throw new ArgumentException($"the state lacks '{missing}'", nameof(buffers));
        if (buffers.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
            throw new ArgumentException($"the state has '{unknown}', which this optimizer does not have", nameof(buffers));
        if (buffers.FirstOrDefault(pair => pair.Value.Length != length) is { Key: { } other })
            throw new ArgumentException($"'{other}' of the state is of another model", nameof(buffers));
    }
}
