using System.Globalization;
using System.Text.Json.Serialization;
using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Schedules;

namespace GpuLstm.Options;

/// <summary>What a training run does, apart from where: the model's shape and the schedule.</summary>
public sealed partial record TrainingOptions
{
    /// <summary>LSTM layers at most.</summary>
    public const int MaxLayers = 8;

    /// <summary>The width of an embedding of pairs or n-grams behind the token's own, where none is given.</summary>
    public const int DefaultFeatureSize = 32;

    internal const string DefaultOptimizer = "adam";
    internal const string DefaultSchedule = "constant";
    internal const string NoClassWeights = "none";
    private const string BalancedClasses = "balanced";
    private const double MinClassWeight = 1e-6; // a smaller one may be 0 in float32
    private const double MinClipNorm = 1e-9;
    private const int DefaultRows = 1 << 17;
    private const int DefaultMinNgram = 3; // as fastText
    private const int DefaultMaxNgram = 6;
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
    public int PairRows { get; init; } = DefaultRows;

    /// <summary>
    /// Width of a pair's embedding; null: <see cref="DefaultFeatureSize"/>, and where it is added to the token's, that one's
    /// width.
    /// </summary>
    public int? PairSize { get; init; }

    /// <summary>
    /// What becomes of embeddings of the words' character n-grams, see <see cref="NgramOptions"/>; null: there are none.
    /// </summary>
    public FeatureJoin? Ngrams { get; init; }

    /// <summary>Rows of the n-grams' table.</summary>
    public int NgramRows { get; init; } = DefaultRows;

    /// <summary>
    /// Width of an n-gram's embedding; null: <see cref="DefaultFeatureSize"/>, and where it is added to the token's, that one's
    /// width.
    /// </summary>
    public int? NgramSize { get; init; }

    /// <summary>Characters of the shortest n-grams.</summary>
    public int MinNgram { get; init; } = DefaultMinNgram;

    /// <summary>Characters of the longest n-grams.</summary>
    public int MaxNgram { get; init; } = DefaultMaxNgram;

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
    /// <exception cref="UserErrorException">There are to be n-grams, and no word of the vocabulary has any.</exception>
    public ModelOptions Model(Vocabulary vocabulary, int classes = 2)
    {
        if (Ngrams is null)
            return Model(vocabulary.EmbeddingRows, classes);
        var ngrams = TokenNgrams.Of(vocabulary, MinNgram, MaxNgram, NgramRows);
        return ngrams.DistinctRows > 0
            ? Model(vocabulary.EmbeddingRows, classes, ngrams)
            : throw new UserErrorException(
                $"no word of the vocabulary has n-grams of {MinNgram} to {MaxNgram} characters; give a smaller "
                + $"{Setting.MinNgram}");
    }

    /// <summary>The model for a vocabulary of so many rows, padding included, and so many classes.</summary>
    /// <param name="embeddingRows">Rows of the embedding V.</param>
    /// <param name="classes">The classes C.</param>
    /// <param name="ngrams">The n-grams of the tokens, if it has any; null: no token has any.</param>
    public ModelOptions Model(int embeddingRows, int classes = 2, TokenNgrams? ngrams = null) =>
        new(embeddingRows, EmbeddingSize, HiddenSize, MaxLength, Lengths)
        {
            Layers = Layers,
            IsBidirectional = Bidirectional,
            Readout = Readout,
            Pairs = Pairs is { } join
                ? new PairOptions(PairRows, SizeOf(PairSize, join), join)
                : null,
            Ngrams = Ngrams is { } kind
                ? new NgramOptions(NgramRows, SizeOf(NgramSize, kind), kind, ngrams ?? TokenNgrams.None(embeddingRows))
                : null,
            Classes = classes,
        };

    private int SizeOf(int? size, FeatureJoin join) =>
        size ?? (join == FeatureJoin.Sum ? EmbeddingSize : DefaultFeatureSize);

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
}
