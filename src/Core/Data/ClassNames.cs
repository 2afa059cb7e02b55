using System.Collections;
using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>The names of classes, by label: 0, 1, … Two with the same names in the same order are equal.</summary>
public sealed class ClassNames : IReadOnlyList<string>, IEquatable<ClassNames>
{
    private readonly string[] names;

    /// <param name="names">The names by label, two at least, each once.</param>
    /// <exception cref="ArgumentException">There are fewer than two, or one is empty or there twice.</exception>
    public ClassNames(params IEnumerable<string> names)
    {
        this.names = [.. names];
        if (this.names.Length < 2 || this.names.Any(string.IsNullOrEmpty) || this.names.Distinct().Count() < this.names.Length)
        {
            throw new ArgumentException(
                $"{string.Join(", ", this.names)} are not the names of two classes or more", nameof(names));
        }
    }

    /// <summary>Those of the article: Positive, Negative.</summary>
    public static ClassNames Sentiments { get; } = new(nameof(Sentiment.Positive), nameof(Sentiment.Negative));

    public int Count => names.Length;

    public string this[int index] => names[index];

    public bool Equals(ClassNames? other) => other is not null && names.SequenceEqual(other.names);

    public override bool Equals(object? obj) => Equals(obj as ClassNames);

    public override int GetHashCode() =>
        names.Aggregate(0, (hash, name) => HashCode.Combine(hash, name.GetHashCode(StringComparison.Ordinal)));

    public IEnumerator<string> GetEnumerator() => names.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(",", names);
}
