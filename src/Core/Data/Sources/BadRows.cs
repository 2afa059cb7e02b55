namespace GpuLstm.Data.Sources;

/// <summary>Rows that cannot be read, of one kind.</summary>
/// <param name="Reason">Why not.</param>
/// <param name="Rows">How many.</param>
/// <param name="First">Where the first one is.</param>
public sealed record BadRowCount(string Reason, int Rows, string First);

/// <summary>The rows of a file that cannot be read: the first is an error, or all are counted.</summary>
/// <param name="skip">Whether they are counted.</param>
internal sealed class BadRows(bool skip)
{
    private readonly OrderedDictionary<string, BadRowCount> counts = new(StringComparer.Ordinal);

    /// <summary>The kinds of them, in the order in which they came.</summary>
    public IReadOnlyList<BadRowCount> Counts => [.. counts.Values];

    /// <summary>A row cannot be read.</summary>
    /// <param name="place">Its file and line.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="advice">What to do.</param>
    /// <param name="kind">What all of its kind have in common; null: the reason.</param>
    /// <exception cref="UserErrorException">Such rows are an error.</exception>
    public void Add(string place, string reason, UserMessage advice, string? kind = null)
    {
        if (!skip)
            throw new UserErrorException($"{place}: {reason}; {advice}, or leave out such rows by {Setting.SkipBadRows}");
        kind ??= reason;
        counts[kind] = counts.TryGetValue(kind, out var known)
            ? known with { Rows = known.Rows + 1 }
            : new BadRowCount(kind, 1, place);
    }
}
