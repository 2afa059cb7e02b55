using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace GpuLstm.Model;

/// <summary>
/// What ties the three files of a model together: SHA-256 of each, kept in the weights' file, so that files of different models,
/// and damaged ones, are refused.
/// </summary>
/// <param name="Config">Of the bytes of <c>config.json</c>, in hexadecimal.</param>
/// <param name="Vocabulary">Of the bytes of <c>vocabulary.json</c>.</param>
/// <param name="Weights">Of the values of <c>model.safetensors</c>, without its header.</param>
internal sealed record ModelHashes(string Config, string Vocabulary, string Weights)
{
    private const string ConfigKey = "config_sha256";
    private const string VocabularyKey = "vocabulary_sha256";
    private const string WeightsKey = "weights_sha256";

    /// <summary>The hashes of a model's files.</summary>
    public static ModelHashes Of(ReadOnlySpan<byte> config, ReadOnlySpan<byte> vocabulary, ReadOnlySpan<float> parameters) =>
        new(Hash(config), Hash(vocabulary), Hash(MemoryMarshal.AsBytes(parameters)));

    /// <summary>Reads them from the metadata of a weights' file; null where it has none of them.</summary>
    public static ModelHashes? From(IReadOnlyDictionary<string, string> metadata)
    {
        string?[] found = [.. new[] { ConfigKey, VocabularyKey, WeightsKey }.Select(key => metadata.GetValueOrDefault(key))];
        return Array.TrueForAll(found, hash => hash is null)
            ? null
            : new ModelHashes(found[0] ?? "", found[1] ?? "", found[2] ?? "");
    }

    /// <summary>Puts them into the metadata of a weights' file.</summary>
    public void AddTo(Dictionary<string, string> metadata)
    {
        metadata[ConfigKey] = Config;
        metadata[VocabularyKey] = Vocabulary;
        metadata[WeightsKey] = Weights;
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
