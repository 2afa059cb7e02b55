using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;

namespace GpuLstm.Benchmarking;

/// <summary>What all measurements of a <see cref="StepBenchmark"/> share; the article's sizes by default.</summary>
public sealed record StepBenchmarkOptions
{
    /// <summary>Where.</summary>
    public AcceleratorKind Accelerator { get; init; } = AcceleratorKind.Auto;

    /// <summary>The threads of the cpu engine, see <see cref="EngineLimits.Threads"/>.</summary>
    public int? Threads { get; init; }

    /// <summary>V, padding included; tokens are drawn from 1 to V - 1.</summary>
    public int VocabularySize { get; init; } = 275;

    /// <summary>Width of an embedding row E.</summary>
    public int EmbeddingSize { get; init; } = 16;

    /// <summary>LSTM layers.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether each layer also runs from the last step to the first.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>What the head reads of the hidden states.</summary>
    public Readout Readout { get; init; } = Readout.Last;

    /// <summary>Draws initial values, tokens and labels.</summary>
    public uint Seed { get; init; } = 1;

    /// <summary>How long a shape is measured, after a warm-up of a quarter of that, and a quarter of a second at least.</summary>
    public double Seconds { get; init; } = 1;

    /// <summary>The model of a shape.</summary>
    public ModelOptions Model(BenchmarkShape shape) =>
        new(
            VocabularySize, EmbeddingSize, shape.Hidden, shape.Steps,
            shape.Lengths == RowLengths.Fixed ? TextLengths.Padded : TextLengths.Real)
        {
            Layers = Layers,
            IsBidirectional = Bidirectional,
            Readout = Readout,
        };

    /// <summary>Rejects values that make no sense.</summary>
    /// <exception cref="UserErrorException">The message names the property.</exception>
    public void Check()
    {
        EngineLimits.CheckThreads(Threads);
        Setting.VocabularySize.RequireInRange(VocabularySize, 2, 10_000_000);
        Setting.EmbeddingSize.RequireInRange(EmbeddingSize, 1, 4_096);
        Setting.Layers.RequireInRange(Layers, 1, TrainingOptions.MaxLayers);
        if (!(Seconds > 0 && Seconds <= 3600))
            throw new UserErrorException($"{Setting.Seconds} {Seconds} is out of range: give a number above 0, 3600 at most");
    }
}
