namespace GpuLstm.Kernels.Operations;

/// <summary>Values of hyperparameters by name. Two with the same names and values are equal.</summary>
public sealed class HyperparameterValues : IEquatable<HyperparameterValues>
{
    private readonly SortedDictionary<string, double> values = new(StringComparer.Ordinal);

    /// <param name="values">The values by name.</param>
    public HyperparameterValues(IEnumerable<KeyValuePair<string, double>> values)
    {
        foreach (var (name, value) in values)
            this.values.Add(name, value);
    }

    /// <summary>None at all.</summary>
    public static HyperparameterValues None { get; } = new([]);

    /// <summary>All of them, by ascending name.</summary>
    public IReadOnlyDictionary<string, double> All => values;

    /// <summary>The value of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public double this[string name] => values[name];

    /// <summary>A value for each of some hyperparameters: that of these values, or else its default.</summary>
    public HyperparameterValues CompletedBy(IEnumerable<Hyperparameter> hyperparameters) =>
        new(hyperparameters.Select(hyperparameter => KeyValuePair.Create(
            hyperparameter.Name, values.GetValueOrDefault(hyperparameter.Name, hyperparameter.Default))));

    /// <summary>These values with one more, or another one.</summary>
    public HyperparameterValues With(string name, double value) =>
        new(values.Where(pair => pair.Key != name).Append(KeyValuePair.Create(name, value)));

    public bool Equals(HyperparameterValues? other) => other is not null && values.SequenceEqual(other.values);

    public override bool Equals(object? obj) => Equals(obj as HyperparameterValues);

    public override int GetHashCode() =>
        values.Aggregate(0, (hash, pair) => HashCode.Combine(hash, pair.Key, pair.Value));
}
