namespace GpuLstm.Engines.Contracts;

/// <summary>
/// Rows cut into batches, which lie where an engine's arithmetic happens. They belong to the engine that loaded them.
/// </summary>
public interface IEngineBatches : IDisposable
{
    /// <summary>How many batches; the last may be smaller.</summary>
    int Count { get; }

    /// <summary>All rows' numbers [N] in the order in which the batches take them; at first 0, 1, 2, ...</summary>
    void Reorder(ReadOnlySpan<int> order);
}
