using System.Globalization;
using System.Text.Json.Serialization;
using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Schedules;

namespace GpuLstm.Options;

/// <summary>What a training run does, apart from where: the model's shape and the schedule.</summary>
public sealed record TrainingOptions
{
    /// <summary>LSTM layers at most.</summary>
    public const int MaxLayers = 8;

    /// <summary>The width of a pair's embedding behind the token's own, where none is given.</summary>
    public const int DefaultPairSize = 32;

    internal const string DefaultOptimizer = "adam";
    internal const string DefaultSchedule = "constant";
    internal const string NoClassWeights = "none";
    private const string BalancedClasses = "balanced";
    private const double MinClassWeight = 1e-6; // a smaller one may be 0 in float32
    private const double MinClipNorm = 1e-9;
    private const int DefaultPairRows = 1 << 17;
    private const double MaxForgetBias = 100;
    private const double MaxEmbeddingScale = 100;

    /// <summary>
    /// The defaults: words, the hidden state at the last real token, and a schedule that a newcomer waits for gladly.
    /// </summary>
    public static TrainingOptions Default { get; } = new();

    /// <summary>The article's model and schedule, exactly.</summary>
    public static TrainingOptions Article { get; } = new()
    {
        Tokens = TokenKind.Character,
        MinCount = DefaultMinCount(TokenKind.Character),
        Lengths = TextLengths.Padded,
        EmbeddingSize = 16,
        HiddenSize = 1,
        Epochs = 100,
        BatchSize = 32,
        LearningRate = 0.001,
        MaxLength = 200,
    };

    /// <summary>Characters or words.</summary>
    public TokenKind Tokens { get; init; } = TokenKind.Word;

    /// <summary>
    /// How often a token must occur in the training texts to be in the vocabulary; rarer ones are <c>&lt;UNK&gt;</c>, which is
    /// trained by them. See <see cref="DefaultMinCount"/> for characters.
    /// </summary>
    public int MinCount { get; init; } = DefaultMinCount(TokenKind.Word);

    /// <summary>How many steps a text runs.</summary>
    public TextLengths Lengths { get; init; } = TextLengths.Real;

    /// <summary>Which hidden states the head reads.</summary>
    public Readout Readout { get; init; } = Readout.Last;

    /// <summary>Width of an embedding row E.</summary>
    public int EmbeddingSize { get; init; } = 32;

    /// <summary>What becomes of embeddings of pairs, see <see cref="PairOptions"/>; null: there are none.</summary>
    public FeatureJoin? Pairs { get; init; }

    /// <summary>Rows of the pairs' table.</summary>
    public int PairRows { get; init; } = DefaultPairRows;

    /// <summary>
    /// Width of a pair's embedding; null: <see cref="DefaultPairSize"/>, and where it is added to the token's, that one's width.
    /// </summary>
    public int? PairSize { get; init; }

    /// <summary>Hidden units H of each direction of each layer.</summary>
    public int HiddenSize { get; init; } = 64;

    /// <summary>LSTM layers, each on the hidden states of the one below.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether each layer also runs from a text's end to its beginning.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>The tokens a text is padded or cut to.</summary>
    public int MaxLength { get; init; } = 200;

    /// <summary>
    /// The classes' weights in the loss: <c>none</c>; <c>balanced</c>, which makes all classes count the same, as scikit-learn
    /// does; or a number for each class, with commas between.
    /// </summary>
    public string ClassWeights { get; init; } = NoClassWeights;

    /// <summary>The label smoothing ε of the loss, from 0 to below 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>See <see cref="DropoutOptions.Embedding"/>, from 0 to below 1.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>See <see cref="DropoutOptions.Layers"/>, from 0 to below 1.</summary>
    public double LayerDropout { get; init; }

    /// <summary>See <see cref="DropoutOptions.Recurrent"/>, from 0 to below 1.</summary>
    public double RecurrentDropout { get; init; }

    /// <summary>See <see cref="DropoutOptions.Head"/>, from 0 to below 1.</summary>
    public double HeadDropout { get; init; }

    /// <summary>The share of the training texts' tokens that are <c>&lt;UNK&gt;</c> in an epoch, from 0 to below 1.</summary>
    public double TokenDropout { get; init; }

    /// <summary>See <see cref="StartOptions.ForgetBias"/>.</summary>
    public double? ForgetBias { get; init; }

    /// <summary>See <see cref="StartOptions.Recurrent"/>.</summary>
    public RecurrentStart RecurrentStart { get; init; } = RecurrentStart.Uniform;

    /// <summary>See <see cref="StartOptions.EmbeddingScale"/>.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>
    /// A text file of vectors, with which the embedding of the tokens in it begins, see <see cref="WordVectors"/>; null: none. A
    /// model keeps its name alone.
    /// </summary>
    public string? Vectors { get; init; }

    /// <summary>Whether the embedding stays as it begins.</summary>
    public bool FreezeEmbedding { get; init; }

    /// <summary>Passes over the training rows; with 0 the model is left with its initial values.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Rows a step; the last batch of an epoch may be smaller.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>The name of an <see cref="Kernels.Operations.Optimizer"/>.</summary>
    public string Optimizer { get; init; } = DefaultOptimizer;

    /// <summary>The optimizer's learning rate; a step takes the part of it that the schedule says.</summary>
    public double LearningRate { get; init; } = 0.002;

    /// <summary>
    /// The largest norm of a step's gradient, over all parameters together; a larger one is scaled down. Null: none is.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Where the model is the moving average of the weights instead of the last ones: its decay, for example 0.999. Null: it is
    /// not.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>The name of a <see cref="LearningRateSchedule"/>.</summary>
    public string Schedule { get; init; } = DefaultSchedule;

    /// <summary>Steps at the beginning over which the learning rate grows, see <see cref="WarmUp"/>.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>
    /// Values of the hyperparameters of the optimizer and the schedule; those that are not given have their defaults.
    /// </summary>
    public HyperparameterValues Hyperparameters { get; init; } = HyperparameterValues.None;

    /// <summary>Of the large products in training; a trained model is float32 in any case.</summary>
    public Precision Precision { get; init; } = Precision.Full;

    /// <summary>
    /// Seeds the initial values, the shuffling and what is dropped. The train/test split does not depend on it.
    /// </summary>
    public uint Seed { get; init; }

    /// <summary>How the initial values differ from PyTorch's.</summary>
    [JsonIgnore]
    public StartOptions Start =>
        new() { ForgetBias = ForgetBias, Recurrent = RecurrentStart, EmbeddingScale = EmbeddingScale };

    /// <summary>How a step changes the parameters.</summary>
    [JsonIgnore]
    public OptimizerOptions OptimizerOptions => new()
    {
        Rule = Kernels.Operations.Optimizer.Named(Optimizer)!,
        LearningRate = LearningRate,
        Values = Hyperparameters,
        LabelSmoothing = LabelSmoothing,
        FreezeEmbedding = FreezeEmbedding,
        Dropout = new()
        {
            Embedding = EmbeddingDropout,
            Layers = LayerDropout,
            Recurrent = RecurrentDropout,
            Head = HeadDropout,
            Seed = Seed,
        },
        ClipNorm = ClipNorm,
        AverageDecay = AverageDecay,
    };

    /// <summary>All hyperparameters that can be given: those of the optimizer and the schedule.</summary>
    [JsonIgnore]
    public IEnumerable<Hyperparameter> KnownHyperparameters =>
        Kernels.Operations.Optimizer.Named(Optimizer)!.Hyperparameters
            .Concat(LearningRateSchedule.Named(Schedule)!.Hyperparameters);

    /// <summary>
    /// A fair <see cref="MinCount"/>: 2 for words, of which most that occur once are names and slips, and 1 for characters.
    /// </summary>
    public static int DefaultMinCount(TokenKind kind) => kind == TokenKind.Word ? 2 : 1;

    /// <summary>The model for a vocabulary, and so many classes.</summary>
    public ModelOptions Model(Vocabulary vocabulary, int classes = 2) => Model(vocabulary.EmbeddingRows, classes);

    /// <summary>The model for a vocabulary of so many rows, padding included, and so many classes.</summary>
    public ModelOptions Model(int embeddingRows, int classes = 2) =>
        new(embeddingRows, EmbeddingSize, HiddenSize, MaxLength, Lengths)
        {
            Layers = Layers,
            IsBidirectional = Bidirectional,
            Readout = Readout,
            Pairs = Pairs is { } join
                ? new PairOptions(PairRows, PairSize ?? (join == FeatureJoin.Sum ? EmbeddingSize : DefaultPairSize), join)
                : null,
            Classes = classes,
        };

    /// <summary>The model for the rows of a training.</summary>
    public ModelOptions Model(PreparedData data) => Model(data.Vocabulary, data.Classes.Count);

    /// <summary>What a step minimises, and how, for the rows of a training.</summary>
    /// <exception cref="UserErrorException">There are not as many class weights as classes.</exception>
    public OptimizerOptions OptimizerFor(PreparedData data)
    {
        CheckClassWeights(data.Classes.Count);
        return OptimizerOptions with
        {
            ClassWeights = ClassWeights switch
            {
                NoClassWeights => null,
                BalancedClasses => [.. data.Classes.Select((_, label) => Balanced(data, label))],
                _ => GivenClassWeights(),
            },
        };
    }

    /// <summary>Rejects class weights that do not fit the classes.</summary>
    /// <param name="classes">How many there are.</param>
    /// <exception cref="UserErrorException">Not a number above 0 for each.</exception>
    public void CheckClassWeights(int classes)
    {
        if (ClassWeights is NoClassWeights or BalancedClasses)
            return;
        if (GivenClassWeights() is not { } weights || weights.Count != classes)
        {
            throw new UserErrorException(
                $"{Setting.ClassWeights} '{ClassWeights}' does not have a number for each of the {classes} classes");
        }
    }

    // n / (C n_c); a class without a row in this part weighs nothing.
    private static double Balanced(PreparedData data, int label)
    {
        var rows = data.Train.Labels.AsSpan().Count(label);
        return rows == 0 ? 0 : (double)data.Train.Rows / (data.Classes.Count * (double)rows);
    }

    private List<double>? GivenClassWeights()
    {
        List<double> weights = [];
        foreach (var text in ClassWeights.Split(','))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
                || !(weight >= MinClassWeight && weight <= 1 / MinClassWeight))
            {
                return null;
            }

            weights.Add(weight);
        }

        return weights;
    }

    /// <summary>The schedule of a training that begins.</summary>
    /// <param name="stepsInEpoch">Training steps of an epoch.</param>
    /// <exception cref="UserErrorException">The warm-up leaves no step to a schedule that needs some.</exception>
    public RunningSchedule StartSchedule(int stepsInEpoch)
    {
        var schedule = LearningRateSchedule.Named(Schedule)!;
        var steps = (long)Epochs * stepsInEpoch;
        if (schedule.DependsOnLength && steps > 0 && WarmupSteps >= steps)
        {
            throw new UserErrorException(
                $"{Setting.WarmupSteps} {WarmupSteps} leaves none of the training's {steps} steps to the schedule {Schedule}; "
                + $"give fewer of them, or more {Setting.Epochs}");
        }

        return new RunningSchedule(
            schedule, Hyperparameters.CompletedBy(schedule.Hyperparameters), WarmupSteps, steps);
    }

    /// <summary>Rejects what cannot be trained with.</summary>
    /// <exception cref="UserErrorException">A property is out of range; the message names it.</exception>
    public void Check()
    {
        Setting.Epochs.RequireInRange(Epochs, 0, 100_000);
        Setting.BatchSize.RequireInRange(BatchSize, 1, 65_536);
        Setting.EmbeddingSize.RequireInRange(EmbeddingSize, 1, 4_096);
        Setting.HiddenSize.RequireInRange(HiddenSize, 1, 4_096);
        Setting.Layers.RequireInRange(Layers, 1, MaxLayers);
        Setting.MaxLength.RequireInRange(MaxLength, 1, 65_536);
        Setting.MinCount.RequireInRange(MinCount, 1, 1_000_000_000);
        if (!(LearningRate > 0 && LearningRate <= 10))
        {
            throw new UserErrorException(
                $"{Setting.LearningRate} {LearningRate} is out of range: give a number above 0, 10 at most");
        }

        if (!(LabelSmoothing >= 0 && LabelSmoothing < 1))
        {
            throw new UserErrorException(
                $"{Setting.LabelSmoothing} {LabelSmoothing} is out of range: give a number from 0 to below 1");
        }

        CheckPairs();
        CheckDropout();
        CheckStart();
        if (ClassWeights is not (NoClassWeights or BalancedClasses) && GivenClassWeights() is null)
        {
            throw new UserErrorException(
                $"{Setting.ClassWeights} '{ClassWeights}' is neither {BalancedClasses} nor numbers from {MinClassWeight} with "
                + $"commas between");
        }

        if (ClipNorm is { } norm && !(norm >= MinClipNorm && double.IsFinite(norm)))
            throw new UserErrorException($"{Setting.ClipNorm} {norm} is out of range: give a number from {MinClipNorm}");
        if (AverageDecay is { } decay && !(decay > 0 && decay < 1))
            throw new UserErrorException($"{Setting.AverageDecay} {decay} is out of range: give a number between 0 and 1");
        RequireKnown(Setting.Optimizer, Optimizer, Kernels.Operations.Optimizer.All.Select(rule => rule.Name));
        RequireKnown(Setting.Schedule, Schedule, LearningRateSchedule.All.Select(schedule => schedule.Name));
        Setting.WarmupSteps.RequireInRange(WarmupSteps, 0, 1_000_000_000);
        foreach (var (name, value) in Hyperparameters.All)
            Check(name, value);
    }

    private void CheckPairs()
    {
        Setting.PairRows.RequireInRange(PairRows, PairOptions.MinRows, PairOptions.MaxRows);
        Setting.PairSize.RequireInRange(PairSize ?? 1, 1, 4_096);
        if (Pairs is null && (PairSize is not null || PairRows != DefaultPairRows))
        {
            throw new UserErrorException(
                $"{Setting.PairRows} and {Setting.PairSize} are of embeddings of pairs, and there are none; give {Setting.Pairs} "
                + $"too");
        }

        if (Pairs == FeatureJoin.Sum && PairSize is { } size && size != EmbeddingSize)
        {
            throw new UserErrorException(
                $"{Setting.Pairs} sum adds embeddings of {EmbeddingSize} and {size} numbers; leave {Setting.PairSize} out, or "
                + $"append them");
        }

        if (Pairs is not null && AverageDecay is not null)
        {
            throw new UserErrorException(
                $"{Setting.AverageDecay} would average all rows of the pairs' table in every step; leave it out, or "
                + $"{Setting.Pairs}");
        }
    }

    private void CheckDropout()
    {
        foreach (var (setting, rate) in new[]
        {
            (Setting.EmbeddingDropout, EmbeddingDropout), (Setting.LayerDropout, LayerDropout),
            (Setting.RecurrentDropout, RecurrentDropout), (Setting.HeadDropout, HeadDropout),
            (Setting.TokenDropout, TokenDropout),
        })
        {
            if (!(rate >= 0 && rate < 1))
                throw new UserErrorException($"{setting} {rate} is out of range: give a number from 0 to below 1");
        }

        if (LayerDropout > 0 && Layers == 1)
        {
            throw new UserErrorException(
                $"{Setting.LayerDropout} drops between a layer and the one above it, and there is one layer; give 2 "
                + $"{Setting.Layers} or more, or leave it out");
        }

        if (RecurrentDropout > 0 && HiddenSize == 1)
        {
            throw new UserErrorException(
                $"{Setting.RecurrentDropout} would drop the only hidden unit, and all of a text with it; give more "
                + $"{Setting.HiddenSize}, or leave it out");
        }
    }

    private void CheckStart()
    {
        if (ForgetBias is { } bias && !(Math.Abs(bias) <= MaxForgetBias))
        {
            throw new UserErrorException(
                $"{Setting.ForgetBias} {bias} is out of range: give a number from {-MaxForgetBias} to {MaxForgetBias}");
        }

        if (!(EmbeddingScale > 0 && EmbeddingScale <= MaxEmbeddingScale))
        {
            throw new UserErrorException(
                $"{Setting.EmbeddingScale} {EmbeddingScale} is out of range: give a number above 0, {MaxEmbeddingScale} at most");
        }

        if (FreezeEmbedding && Vectors is null)
        {
            throw new UserErrorException(
                $"{Setting.FreezeEmbedding} keeps the vectors that the embedding begins with; give some by {Setting.Vectors}");
        }
    }

    private void Check(string name, double value)
    {
        var hyperparameter = KnownHyperparameters.FirstOrDefault(known => known.Name == name)
            ?? throw new UserErrorException(
                $"{Setting.Of(name)} is of another optimizer or schedule than {Optimizer} and {Schedule}; leave it out");
        if (!(value >= hyperparameter.Min && value <= hyperparameter.Max))
        {
            throw new UserErrorException(
                $"{Setting.Of(name)} {value} is out of range: give a number from {hyperparameter.Min} to {hyperparameter.Max}");
        }
    }

    private static void RequireKnown(Setting setting, string name, IEnumerable<string> names)
    {
        if (!names.Contains(name))
            throw new UserErrorException($"{setting} '{name}' is not one of: {string.Join(", ", names)}");
    }
}
