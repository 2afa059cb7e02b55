using GpuLstm.Benchmarking;
using GpuLstm.Engines.Contracts;
using GpuLstm.Options;

namespace GpuLstm;

/// <summary>
/// A property (or parameter) of this library that a message tells the caller to change. It prints as its name; a program can have another
/// name for it, see <see cref="UserMessage"/>.
/// </summary>
public sealed class Setting
{
    private Setting(string name) => Name = name;

    /// <summary><see cref="StepBenchmarkOptions.Accelerator"/>, and whatever else chooses one.</summary>
    public static Setting Accelerator { get; } = new(nameof(StepBenchmarkOptions.Accelerator));

    /// <summary><see cref="BenchmarkShape.Batch"/>.</summary>
    public static Setting Batch { get; } = new(nameof(BenchmarkShape.Batch));

    /// <summary><see cref="TrainingOptions.BatchSize"/>.</summary>
    public static Setting BatchSize { get; } = new(nameof(TrainingOptions.BatchSize));

    /// <summary><see cref="TrainingOptions.EmbeddingSize"/>.</summary>
    public static Setting EmbeddingSize { get; } = new(nameof(TrainingOptions.EmbeddingSize));

    /// <summary><see cref="TrainingOptions.Epochs"/>.</summary>
    public static Setting Epochs { get; } = new(nameof(TrainingOptions.Epochs));

    /// <summary><see cref="BenchmarkShape.Hidden"/>.</summary>
    public static Setting Hidden { get; } = new(nameof(BenchmarkShape.Hidden));

    /// <summary><see cref="TrainingOptions.HiddenSize"/>.</summary>
    public static Setting HiddenSize { get; } = new(nameof(TrainingOptions.HiddenSize));

    /// <summary><see cref="TrainingOptions.LearningRate"/>.</summary>
    public static Setting LearningRate { get; } = new(nameof(TrainingOptions.LearningRate));

    /// <summary>The parameter <c>limit</c> of what reads data.</summary>
    public static Setting Limit { get; } = new("limit");

    /// <summary><see cref="TrainingOptions.MaxLength"/>.</summary>
    public static Setting MaxLength { get; } = new(nameof(TrainingOptions.MaxLength));

    /// <summary><see cref="TrainingOptions.MinCount"/>.</summary>
    public static Setting MinCount { get; } = new(nameof(TrainingOptions.MinCount));

    /// <summary><see cref="EngineLimits.MaxRows"/>.</summary>
    public static Setting MaxRows { get; } = new(nameof(EngineLimits.MaxRows));

    /// <summary><see cref="EngineLimits.MaxSteps"/>.</summary>
    public static Setting MaxSteps { get; } = new(nameof(EngineLimits.MaxSteps));

    /// <summary>The parameter <c>overwrite</c> of what makes a model's folder.</summary>
    public static Setting Overwrite { get; } = new("overwrite");

    /// <summary><see cref="TrainingOptions.Precision"/>.</summary>
    public static Setting Precision { get; } = new(nameof(TrainingOptions.Precision));

    /// <summary><see cref="StepBenchmarkOptions.Seconds"/>.</summary>
    public static Setting Seconds { get; } = new(nameof(StepBenchmarkOptions.Seconds));

    /// <summary><see cref="BenchmarkShape.Steps"/>.</summary>
    public static Setting Steps { get; } = new(nameof(BenchmarkShape.Steps));

    /// <summary><see cref="EngineLimits.Threads"/>, and whatever else leads there.</summary>
    public static Setting Threads { get; } = new(nameof(EngineLimits.Threads));

    /// <summary><see cref="StepBenchmarkOptions.VocabularySize"/>.</summary>
    public static Setting VocabularySize { get; } = new(nameof(StepBenchmarkOptions.VocabularySize));

    /// <summary>As C# has it.</summary>
    public string Name { get; }

    /// <summary>The same.</summary>
    public override string ToString() => Name;

    /// <summary>Rejects a whole number outside its range.</summary>
    /// <exception cref="UserErrorException">The message names the setting and the range.</exception>
    internal void RequireInRange(int value, int least, int most)
    {
        if (value < least || value > most)
            throw new UserErrorException($"{this} {value} is out of range: give a whole number from {least} to {most}");
    }
}
