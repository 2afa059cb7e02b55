using System.CommandLine;
using GpuLstm.Cli.Help;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Schedules;

namespace GpuLstm.Cli.Commands;

/// <summary>
/// How the parameters are changed: the optimizer, the learning rate and its schedule, and their hyperparameters.
/// </summary>
internal sealed class OptimizationOptions
{
    private static readonly TrainingOptions Default = TrainingOptions.Default;

    private readonly Option<string?> optimizer = CommonOptions.Named(
        "--optimizer", "The rule of a training step", [.. Optimizer.All.Select(rule => rule.Name)], Default.Optimizer);

    private readonly Option<double?> learningRate =
        CommonOptions.Number<double>("--learning-rate", "The learning rate", $"{Default.LearningRate}", "--lr");

    private readonly Option<string?> classWeights = new ProgramOption<string?>("--class-weights")
    {
        Description = "What each class counts in the loss: balanced, or a number for each, with commas between",
        HelpName = "weights",
        DefaultText = Default.ClassWeights,
    };

    private readonly Option<double?> labelSmoothing = CommonOptions.Number<double>(
        "--label-smoothing", "The part of a row's label that is spread over all classes", $"{Default.LabelSmoothing}");

    private readonly Option<double?> clipNorm = CommonOptions.Number<double>(
        "--clip-norm", "The largest norm of a step's gradient; a larger one is scaled down", "none");

    private readonly Option<double?> averageDecay = CommonOptions.Number<double>(
        "--average-decay", "Keep the moving average of the weights with this decay, such as 0.999", "the last weights");

    private readonly Option<string?> schedule = CommonOptions.Named(
        "--schedule", "How the learning rate changes", [.. LearningRateSchedule.All.Select(known => known.Name)],
        Default.Schedule);

    private readonly Option<int?> warmupSteps = CommonOptions.Number<int>(
        "--warmup-steps", "Steps at the beginning over which the learning rate grows", $"{Default.WarmupSteps}");

    private readonly List<(Hyperparameter Of, Option<double?> Option)> hyperparameters = [];

    public OptimizationOptions()
    {
        var owners = Optimizer.All.Select(rule => (rule.Name, rule.Hyperparameters))
            .Concat(LearningRateSchedule.All.Select(known => (known.Name, known.Hyperparameters)))
            .SelectMany(owner => owner.Hyperparameters.Select(hyperparameter => (owner.Name, Hyperparameter: hyperparameter)));
        foreach (var shared in owners.GroupBy(owner => owner.Hyperparameter))
        {
            hyperparameters.Add((shared.Key, CommonOptions.Number<double>(
                OptionNames.OfSetting(shared.Key.Name),
                $"{shared.Key.Description} ({string.Join(", ", shared.Select(owner => owner.Name))})", $"{shared.Key.Default}")));
        }
    }

    /// <summary>All of them.</summary>
    public Option[] All =>
    [
        optimizer, learningRate, schedule, warmupSteps, .. hyperparameters.Select(known => known.Option), clipNorm, averageDecay,
        classWeights, labelSmoothing,
    ];

    /// <summary>Options with what is given of these.</summary>
    public TrainingOptions Options(ParseResult parsed, TrainingOptions start) => start with
    {
        Optimizer = parsed.GetValue(optimizer) ?? start.Optimizer,
        LearningRate = parsed.GetValue(learningRate) ?? start.LearningRate,
        ClassWeights = parsed.GetValue(classWeights) ?? start.ClassWeights,
        LabelSmoothing = parsed.GetValue(labelSmoothing) ?? start.LabelSmoothing,
        ClipNorm = parsed.GetValue(clipNorm) ?? start.ClipNorm,
        AverageDecay = parsed.GetValue(averageDecay) ?? start.AverageDecay,
        Schedule = parsed.GetValue(schedule) ?? start.Schedule,
        WarmupSteps = parsed.GetValue(warmupSteps) ?? start.WarmupSteps,
        Hyperparameters = hyperparameters.Aggregate(
            start.Hyperparameters,
            (values, known) => parsed.GetValue(known.Option) is { } value ? values.With(known.Of.Name, value) : values),
    };
}
