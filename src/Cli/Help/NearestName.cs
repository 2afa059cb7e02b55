namespace GpuLstm.Cli.Help;

/// <summary>Finds what someone may have meant.</summary>
internal static class NearestName
{
    private const int MaxBegun = 3; // "--t" begins many

    /// <summary>
    /// The name that a mistyped one begins, or the one with the least edit distance from it; null where none is near.
    /// </summary>
    public static string? Of(string mistyped, IEnumerable<string> names)
    {
        if (names.FirstOrDefault(
            name => mistyped.Length > MaxBegun && name.StartsWith(mistyped, StringComparison.OrdinalIgnoreCase)) is { } begun)
        {
            return begun;
        }

        var (nearest, distance) = names
            .Select(name => (name, distance: Distance(mistyped.ToLowerInvariant(), name.ToLowerInvariant())))
            .DefaultIfEmpty((name: "", distance: int.MaxValue))
            .MinBy(candidate => candidate.distance);
        return distance <= Math.Max(2, mistyped.Length / 3) ? nearest : null;
    }

    /// <summary>Levenshtein's distance: letters inserted, left out and exchanged.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)]; // from the empty beginning of a
        foreach (var (i, letter) in a.Index())
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                var exchanged = diagonal + (letter == b[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(exchanged, 1 + Math.Min(row[j], diagonal));
            }
        }

        return row[^1];
    }
}
