using GpuLstm.Kernels.Operations;

namespace GpuLstm.Options;

/// <summary>
/// What a training step minimises, and how it changes the parameters: by default the cross-entropy, by Adam with PyTorch's
/// values.
/// </summary>
public sealed record OptimizerOptions
{
    private readonly HyperparameterValues values = HyperparameterValues.None;

    /// <summary>The rule.</summary>
    public Optimizer Rule { get; init; } = Optimizer.All[0];

    /// <summary>The learning rate; a step may be told to take a part of it.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>Values of the rule's hyperparameters; those that are not given have their defaults.</summary>
    public HyperparameterValues Values
    {
        get => values.CompletedBy(Rule.Hyperparameters);
        init => values = value;
    }

    /// <summary>The weights of the classes in the loss; null: all weigh 1.</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>The label smoothing ε of the loss, from 0 to below 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Whether the embedding stays as it is.</summary>
    public bool FreezeEmbedding { get; init; }

    /// <summary>What is dropped in a step.</summary>
    public DropoutOptions Dropout { get; init; } = DropoutOptions.None;

    /// <summary>The largest norm of a gradient, see <see cref="GradientClipping"/>; null: gradients stay as they are.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>The decay of the <see cref="WeightAverage"/>; null: there is none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>The numbers of the loss for so many classes.</summary>
    public LossNumbers LossOf(int classes) => new(ClassWeights ?? LossNumbers.Plain(classes).ClassWeights, LabelSmoothing);
}
