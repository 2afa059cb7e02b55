using System.Globalization;
using System.Text;

namespace GpuLstm.Data;

/// <summary>Numbers labels as they come, and chooses the classes among them at the end.</summary>
/// <param name="chosen">The labels to tell apart; null for all.</param>
/// <param name="known">All labels there can be, in their usual order; null where they may be any.</param>
internal sealed class LabelTable(IReadOnlyList<string>? chosen, IReadOnlyList<string>? known)
{
    /// <summary>A column with more different values holds no labels.</summary>
    public const int MaxLabels = 1000;

    /// <summary>What <see cref="IdOf"/> gives for an empty label.</summary>
    public const int Empty = -1;

    /// <summary>What it gives for one that is not to be told apart.</summary>
    public const int Other = -2;

    private const int ShortLabel = 256;

    private readonly TokenIds ids = new();
    private readonly List<int> counts = [];
    private readonly HashSet<string>? kept = chosen?.ToHashSet(StringComparer.Ordinal);

    /// <summary>How many rows each label has, in the order of the classes, then by name.</summary>
    public IReadOnlyDictionary<string, int> Counts
    {
        get
        {
            var byName = new OrderedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var name in (known ?? chosen ?? []).Concat(ByName(ids.Tokens)).Distinct())
            {
                if (ids.Tokens.Contains(name))
                    byName.Add(name, counts[ids.IdOf(name)]);
            }

            return byName;
        }
    }

    /// <summary>Numbers the label of a row.</summary>
    /// <param name="label">In UTF-8; white space around it is no part of it.</param>
    /// <returns>Its number as it came; <see cref="Empty"/> or <see cref="Other"/>.</returns>
    public int IdOf(ReadOnlySpan<byte> label)
    {
        var characters = label.Length <= ShortLabel ? stackalloc char[label.Length] : new char[label.Length];
        var name = characters[..Encoding.UTF8.GetChars(label, characters)].Trim();
        if (name.IsEmpty)
            return Empty;
        if (kept is not null && counts.Count >= MaxLabels && !kept.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name))
            return Other; // one of too many to be counted each
        var id = ids.IdOf(name);
        if (id == counts.Count)
            counts.Add(0);
        counts[id]++;
        return kept is null || kept.Contains(ids.Tokens[id]) ? id : Other;
    }

    /// <summary>Whether there are too many for labels, where none were chosen.</summary>
    public bool IsFull => kept is null && counts.Count > MaxLabels;

    /// <summary>The classes, by label: as they were chosen, else in their usual order, else by name.</summary>
    /// <param name="map">The class of each number that <see cref="IdOf"/> gave; -1 for none.</param>
    public IReadOnlyList<string> Classes(out int[] map)
    {
        string[] classes = chosen is not null
            ? [.. chosen]
            : known is not null
            ? [.. known.Where(ids.Tokens.Contains)]
            : [.. ByName(ids.Tokens)];
        map = [.. ids.Tokens.Select(name => Array.IndexOf(classes, name))];
        return classes;
    }

    // Numbers by their value.
    private static IEnumerable<string> ByName(IReadOnlyList<string> names) =>
        names.All(name => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? names.OrderBy(name => long.Parse(name, CultureInfo.InvariantCulture)).ThenBy(name => name, StringComparer.Ordinal)
            : names.Order(StringComparer.Ordinal);
}
