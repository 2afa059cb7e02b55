namespace GpuLstm;

/// <summary>
/// A property (or parameter) of this library that a message tells the caller to change. It prints as its name; a program can have
/// another name for it, see <see cref="UserMessage"/>.
/// </summary>
public sealed class Setting : IEquatable<Setting>
{
    private Setting(string name) => Name = name;

    /// <summary><c>StepBenchmarkOptions.Accelerator</c>, and whatever else chooses one.</summary>
    public static Setting Accelerator { get; } = new("Accelerator");

    /// <summary><c>TrainingOptions.AverageDecay</c>.</summary>
    public static Setting AverageDecay { get; } = new("AverageDecay");

    /// <summary><c>BenchmarkShape.Batch</c>.</summary>
    public static Setting Batch { get; } = new("Batch");

    /// <summary><c>TrainingOptions.BatchSize</c>.</summary>
    public static Setting BatchSize { get; } = new("BatchSize");

    /// <summary><c>CheckpointOptions.CheckpointEvery</c>.</summary>
    public static Setting CheckpointEvery { get; } = new("CheckpointEvery");

    /// <summary><c>TrainingOptions.ClassWeights</c>.</summary>
    public static Setting ClassWeights { get; } = new("ClassWeights");

    /// <summary><c>TrainingOptions.ClipNorm</c>.</summary>
    public static Setting ClipNorm { get; } = new("ClipNorm");

    /// <summary><c>TrainingOptions.EmbeddingDropout</c>.</summary>
    public static Setting EmbeddingDropout { get; } = new("EmbeddingDropout");

    /// <summary><c>TrainingOptions.EmbeddingScale</c>.</summary>
    public static Setting EmbeddingScale { get; } = new("EmbeddingScale");

    /// <summary><c>TrainingOptions.EmbeddingSize</c>.</summary>
    public static Setting EmbeddingSize { get; } = new("EmbeddingSize");

    /// <summary><c>ReadOptions.Encoding</c>.</summary>
    public static Setting Encoding { get; } = new("Encoding");

    /// <summary><c>TrainingOptions.Epochs</c>.</summary>
    public static Setting Epochs { get; } = new("Epochs");

    /// <summary><c>TrainingOptions.ForgetBias</c>.</summary>
    public static Setting ForgetBias { get; } = new("ForgetBias");

    /// <summary><c>TrainingOptions.FreezeEmbedding</c>.</summary>
    public static Setting FreezeEmbedding { get; } = new("FreezeEmbedding");

    /// <summary><c>ReadOptions.GroupColumn</c>.</summary>
    public static Setting GroupColumn { get; } = new("GroupColumn");

    /// <summary><c>TrainingOptions.HeadDropout</c>.</summary>
    public static Setting HeadDropout { get; } = new("HeadDropout");

    /// <summary><c>BenchmarkShape.Hidden</c>.</summary>
    public static Setting Hidden { get; } = new("Hidden");

    /// <summary><c>TrainingOptions.HiddenSize</c>.</summary>
    public static Setting HiddenSize { get; } = new("HiddenSize");

    /// <summary><c>ReadOptions.LabelColumn</c>.</summary>
    public static Setting LabelColumn { get; } = new("LabelColumn");

    /// <summary><c>TrainingOptions.LabelSmoothing</c>.</summary>
    public static Setting LabelSmoothing { get; } = new("LabelSmoothing");

    /// <summary>The parameter <c>labels</c> of what reads data.</summary>
    public static Setting Labels { get; } = new("labels");

    /// <summary><c>TrainingOptions.Bidirectional</c>.</summary>
    public static Setting Bidirectional { get; } = new("Bidirectional");

    /// <summary><c>TrainingOptions.LayerDropout</c>.</summary>
    public static Setting LayerDropout { get; } = new("LayerDropout");

    /// <summary><c>TrainingOptions.Layers</c>.</summary>
    public static Setting Layers { get; } = new("Layers");

    /// <summary><c>TrainingOptions.LearningRate</c>.</summary>
    public static Setting LearningRate { get; } = new("LearningRate");

    /// <summary>The parameter <c>limit</c> of what reads data.</summary>
    public static Setting Limit { get; } = new("limit");

    /// <summary><c>TrainingOptions.MaxLength</c>.</summary>
    public static Setting MaxLength { get; } = new("MaxLength");

    /// <summary><c>TrainingOptions.MinCount</c>.</summary>
    public static Setting MinCount { get; } = new("MinCount");

    /// <summary><c>EngineLimits.MaxRows</c>.</summary>
    public static Setting MaxRows { get; } = new("MaxRows");

    /// <summary><c>EngineLimits.MaxSteps</c>.</summary>
    public static Setting MaxSteps { get; } = new("MaxSteps");

    /// <summary>The parameter <c>overwrite</c> of what makes a model's folder.</summary>
    public static Setting Overwrite { get; } = new("overwrite");

    /// <summary><c>TrainingOptions.Optimizer</c>.</summary>
    public static Setting Optimizer { get; } = new("Optimizer");

    /// <summary><c>TrainingOptions.Precision</c>.</summary>
    public static Setting Precision { get; } = new("Precision");

    /// <summary><c>TrainingOptions.RecurrentDropout</c>.</summary>
    public static Setting RecurrentDropout { get; } = new("RecurrentDropout");

    /// <summary><c>TrainingOptions.RecurrentStart</c>.</summary>
    public static Setting RecurrentStart { get; } = new("RecurrentStart");

    /// <summary><c>TrainingOptions.Schedule</c>.</summary>
    public static Setting Schedule { get; } = new("Schedule");

    /// <summary><c>StepBenchmarkOptions.Seconds</c>.</summary>
    public static Setting Seconds { get; } = new("Seconds");

    /// <summary><c>ReadOptions.Separator</c>.</summary>
    public static Setting Separator { get; } = new("Separator");

    /// <summary><c>ReadOptions.SkipBadRows</c>.</summary>
    public static Setting SkipBadRows { get; } = new("SkipBadRows");

    /// <summary><c>BenchmarkShape.Steps</c>.</summary>
    public static Setting Steps { get; } = new("Steps");

    /// <summary><c>ReadOptions.TextColumn</c>.</summary>
    public static Setting TextColumn { get; } = new("TextColumn");

    /// <summary><c>EngineLimits.Threads</c>, and whatever else leads there.</summary>
    public static Setting Threads { get; } = new("Threads");

    /// <summary><c>TrainingOptions.TokenDropout</c>.</summary>
    public static Setting TokenDropout { get; } = new("TokenDropout");

    /// <summary><c>TrainingOptions.Tokens</c>.</summary>
    public static Setting Tokens { get; } = new("Tokens");

    /// <summary><c>TrainingOptions.Pairs</c>.</summary>
    public static Setting Pairs { get; } = new("Pairs");

    /// <summary><c>TrainingOptions.PairRows</c>.</summary>
    public static Setting PairRows { get; } = new("PairRows");

    /// <summary><c>TrainingOptions.PairSize</c>.</summary>
    public static Setting PairSize { get; } = new("PairSize");

    /// <summary><c>TrainingOptions.Ngrams</c>.</summary>
    public static Setting Ngrams { get; } = new("Ngrams");

    /// <summary><c>TrainingOptions.NgramRows</c>.</summary>
    public static Setting NgramRows { get; } = new("NgramRows");

    /// <summary><c>TrainingOptions.NgramSize</c>.</summary>
    public static Setting NgramSize { get; } = new("NgramSize");

    /// <summary><c>TrainingOptions.MinNgram</c>.</summary>
    public static Setting MinNgram { get; } = new("MinNgram");

    /// <summary><c>TrainingOptions.MaxNgram</c>.</summary>
    public static Setting MaxNgram { get; } = new("MaxNgram");

    /// <summary><c>TrainingOptions.Vectors</c>.</summary>
    public static Setting Vectors { get; } = new("Vectors");

    /// <summary><c>StepBenchmarkOptions.VocabularySize</c>.</summary>
    public static Setting VocabularySize { get; } = new("VocabularySize");

    /// <summary><c>TrainingOptions.WarmupSteps</c>.</summary>
    public static Setting WarmupSteps { get; } = new("WarmupSteps");

    /// <summary>As C# has it.</summary>
    public string Name { get; }

    /// <summary>The same.</summary>
    public override string ToString() => Name;

    /// <summary>Settings with the same name are the same.</summary>
    public bool Equals(Setting? other) => other?.Name == Name;

    public override bool Equals(object? obj) => Equals(obj as Setting);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>A property of <c>TrainingOptions</c>, or a hyperparameter in <c>TrainingOptions.Hyperparameters</c>.</summary>
    /// <param name="name">Its name there.</param>
    public static Setting Of(string name) => new(name);

    /// <summary>Rejects a whole number outside its range.</summary>
    /// <exception cref="UserErrorException">The message names the setting and the range.</exception>
    internal void RequireInRange(int value, int least, int most)
    {
        if (value < least || value > most)
            throw new UserErrorException($"{this} {value} is out of range: give a whole number from {least} to {most}");
    }
}
