using System.Security.Cryptography;

namespace GpuLstm.Cli.Commands;

/// <summary>The sample of synthetic tweets that travels with the program.</summary>
internal static class SampleData
{
    /// <summary>What a model's configuration calls it.</summary>
    public const string Name = "sample";

    /// <summary>Where it lies.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "data", "sample-tweets.csv");

    /// <summary>SHA-256 of its bytes, by which a file of the same name is not taken for it.</summary>
    public static string Sha256() => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path)));
}
