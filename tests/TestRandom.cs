using Xunit.Abstractions;

namespace GpuLstm.Tests;

/// <summary>Fresh random inputs for each run, by a seed that is printed; <c>GPULSTM_SEED</c> repeats one.</summary>
internal static class TestRandom
{
    public static Random Create(ITestOutputHelper output)
    {
        var seed = Seed();
        output.WriteLine($"GPULSTM_SEED={seed}");
        return new Random(seed);
    }

    /// <summary>A fresh seed, or the one given. The test that draws from it prints it.</summary>
    public static int Seed() =>
        Environment.GetEnvironmentVariable("GPULSTM_SEED") is { } given ? int.Parse(given) : Random.Shared.Next(1 << 30);
}
