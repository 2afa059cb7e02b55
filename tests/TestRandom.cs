using Xunit.Abstractions;

namespace GpuLstm.Tests;

/// <summary>Fresh random inputs for each run, by a seed that is printed; <c>GPULSTM_SEED</c> repeats one.</summary>
internal static class TestRandom
{
    public static Random Create(ITestOutputHelper output)
    {
        var given = Environment.GetEnvironmentVariable("GPULSTM_SEED");
        var seed = given is null ? Random.Shared.Next() : int.Parse(given);
        output.WriteLine($"GPULSTM_SEED={seed}");
        return new Random(seed);
    }
}
