using GpuLstm.Engines;

namespace GpuLstm.Benchmarking;

/// <summary>What all measurements of a <see cref="StepBenchmark"/> share; the article's sizes by default.</summary>
public sealed record StepBenchmarkOptions
{
    /// <summary>Where.</summary>
    public AcceleratorChoice Accelerator { get; init; } = AcceleratorChoice.Auto;

    /// <summary>V, padding included; tokens are drawn from 1 to V - 1.</summary>
    public int VocabularySize { get; init; } = 275;

    /// <summary>E.</summary>
    public int EmbeddingSize { get; init; } = 16;

    /// <summary>Draws initial values, tokens and labels.</summary>
    public uint Seed { get; init; } = 1;

    /// <summary>How long a shape is measured, after a warm-up of a quarter of that, and a quarter of a second at least.</summary>
    public double Seconds { get; init; } = 1;

    /// <summary>Rejects values that make no sense.</summary>
    /// <exception cref="UserErrorException">The message names the option.</exception>
    public void Check()
    {
        InRange("--vocabulary", VocabularySize, 2, 10_000_000);
        InRange("--embedding", EmbeddingSize, 1, 4_096);
        if (!(Seconds > 0 && Seconds <= 3600))
            throw new UserErrorException($"--seconds {Seconds} is out of range: give a number above 0, 3600 at most");
    }

    /// <summary>Rejects a number outside its range.</summary>
    internal static void InRange(string option, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new UserErrorException($"{option} {value} is out of range: give a whole number from {least} to {most}");
    }
}
