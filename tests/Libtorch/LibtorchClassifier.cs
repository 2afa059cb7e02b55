using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = GpuLstm.Options.OptimizerOptions;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// The same classifier built of libtorch's own modules: <c>nn.Embedding</c>, <c>nn.LSTM</c>, <c>nn.Linear</c>, binary
/// cross-entropy on the logits, autograd, Adam. It shares no arithmetic with this project.
/// </summary>
internal sealed class LibtorchClassifier : nn.Module<Tensor, Tensor, (Tensor Logits, Tensor Hidden)>
{
    private readonly ModelOptions options;
    private readonly ParameterLayout layout;
    private readonly ScalarType type;
    private readonly Embedding embedding;
    private readonly Embedding? pairs;
    private readonly EmbeddingBag? ngrams;
    private readonly LSTM lstm;
    private readonly Linear? attention;
    private readonly Linear fc;

    /// <param name="options">The model's shape.</param>
    /// <param name="parameters">All parameters, flat in <see cref="ParameterLayout"/>'s order.</param>
    /// <param name="type">float64 or float32.</param>
    public LibtorchClassifier(ModelOptions options, double[] parameters, ScalarType type)
        : base(nameof(LibtorchClassifier))
    {
        this.options = options;
        this.type = type;
        layout = new ParameterLayout(options);
        embedding = nn.Embedding(options.VocabularySize, options.EmbeddingSize, dtype: type);
        if (options.Pairs is { } table)
            pairs = nn.Embedding(table.Rows, table.Size, dtype: type);
        if (options.Ngrams is { } bags)
            ngrams = nn.EmbeddingBag(bags.Rows, bags.Size, mode: EmbeddingBagMode.Mean, dtype: type);
        lstm = nn.LSTM(
            options.InputSize, options.HiddenSize, options.Layers, batchFirst: true, bidirectional: options.IsBidirectional,
            dtype: type);
        if (options.Readout == Readout.Attention)
            attention = nn.Linear(options.Features, 1, hasBias: false, dtype: type);
        fc = nn.Linear(options.HeadInputs, options.Logits, dtype: type);
        RegisterComponents();
        using (no_grad())
        {
            var own = state_dict();
            foreach (var part in layout.Tensors)
            {
                own[part.Name].copy_(
                    tensor(part.In(parameters).ToArray(), [.. part.Shape.Select(extent => (long)extent)], ScalarType.Float64));
            }
        }
    }

    /// <summary>
    /// Logits [B, L] and the last layer's hidden states [B, T, D H] of tokens [B, T] with their lengths [B].
    /// </summary>
    public override (Tensor Logits, Tensor Hidden) forward(Tensor tokens, Tensor lengths)
    {
        var inputs = Inputs(tokens);
        if (options.Lengths == TextLengths.Padded)
        {
            var (all, lastOfAll, _) = lstm.forward(inputs);
            return (fc.forward(Read(all, lastOfAll, full_like(lengths, tokens.shape[1]))), all);
        }

        // Packed sequences have a step at least; a row without tokens reads 0.
        using var packed = nn.utils.rnn.pack_padded_sequence(inputs, lengths.clamp(1), batch_first: true, enforce_sorted: false);
        var (ran, last, _) = lstm.call(packed);
        var (hidden, _) = nn.utils.rnn.pad_packed_sequence(ran, batch_first: true, total_length: tokens.shape[1]);
        return (fc.forward(Read(hidden, last, lengths) * (lengths > 0).to(type).view(-1, 1)), hidden);
    }

    private Tensor Inputs(Tensor tokens)
    {
        var own = embedding.forward(tokens);
        var (rows, steps) = ((int)tokens.shape[0], (int)tokens.shape[1]);
        var ids = tokens.data<long>().ToArray();
        var appended = new List<Tensor>();
        if (ngrams is not null)
        {
            int[][] bags = [.. ids.Select(id => options.Ngrams!.Tokens.RowsOf((int)id).ToArray())];
            long[] starts = [.. bags.Select((_, n) => bags.Take(n).Sum(bag => (long)bag.Length))];
            var means = ngrams.call(
                tensor(bags.SelectMany(bag => bag.Select(row => (long)row)).ToArray()), tensor(starts), perSampleWeights: null);
            Join(means.view(rows, steps, -1), options.Ngrams!.Join);
        }

        if (pairs is not null)
        {
            var numbers = new long[rows * steps];
            for (var n = 0; n < numbers.Length; n++)
                numbers[n] = PairHash.RowOf(n % steps == 0 ? 0 : (int)ids[n - 1], (int)ids[n], options.Pairs!.Rows);
            Join(pairs.forward(tensor(numbers, [rows, steps])), options.Pairs!.Join);
        }

        return appended.Count == 0 ? own : cat([own, .. appended], 2);

        void Join(Tensor others, FeatureJoin join)
        {
            if (join == FeatureJoin.Sum)
                own += others;
            else
                appended.Add(others);
        }
    }

    /// <summary>What the head reads [B, R].</summary>
    /// <param name="hidden">Hidden states of the last layer [B, T, D H].</param>
    /// <param name="last">The last hidden states of all layers [layers D, B, H].</param>
    /// <param name="lengths">Steps that rows run [B].</param>
    private Tensor Read(Tensor hidden, Tensor last, Tensor lengths)
    {
        var runs = arange(hidden.shape[1]).unsqueeze(0) < lengths.clamp(1).unsqueeze(1); // [B, T]
        var behind = runs.logical_not().unsqueeze(2);
        return options.Readout switch
        {
            Readout.Last => cat([.. Enumerable.Range(1, options.Directions).Reverse().Select(n => last.select(0, -n))], 1),
            Readout.Mean => Mean(),
            Readout.Max => Max(),
            Readout.MeanMax => cat([Mean(), Max()], 1),
            _ => (attention!.forward(hidden).masked_fill(behind, double.NegativeInfinity).softmax(1) * hidden).sum(1),
        };

        Tensor Mean() => hidden.masked_fill(behind, 0).sum(1) / lengths.clamp(1).unsqueeze(1);

        Tensor Max() => hidden.masked_fill(behind, double.NegativeInfinity).max(1).values;
    }

    /// <summary>A batch as libtorch reads it.</summary>
    public static LibtorchBatch Encode(TokenBatch batch, ScalarType type) => new(
        tensor(Array.ConvertAll(batch.Tokens, token => (long)token), [batch.Rows, batch.Steps]),
        tensor(Array.ConvertAll(batch.Lengths, length => (long)length)),
        tensor(Array.ConvertAll(batch.Labels, label => (long)label)));

    /// <summary>The batch's mean cross-entropy; one logit of two classes is the second of (0, z).</summary>
    public static Tensor Loss(Tensor logits, LibtorchBatch batch, OptimizerOptions? optimizer = null)
    {
        if (logits.shape[1] == 1 && optimizer is null)
            return nn.functional.binary_cross_entropy_with_logits(logits.squeeze(1), batch.Labels.to(logits.dtype));
        var all = logits.shape[1] == 1 ? cat([zeros_like(logits), logits], 1) : logits;
        var weights = optimizer?.ClassWeights is { } given ? tensor(given.ToArray(), logits.dtype) : null;
        return nn.functional.cross_entropy(all, batch.Labels, weights, label_smoothing: optimizer?.LabelSmoothing ?? 0);
    }

    /// <summary>Forward pass and the gradient of the mean loss.</summary>
    public LibtorchResult Differentiate(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        zero_grad();
        var encoded = Encode(batch, type);
        var (logits, hidden) = forward(encoded.Tokens, encoded.Lengths);
        var loss = Loss(logits, encoded);
        loss.backward();
        return new LibtorchResult(loss.ToDouble(), ToArray(logits), ToArray(hidden), Flatten((_, parameter) => parameter.grad!));
    }

    /// <summary>Steps of libtorch's optimizer from the start parameters, one a batch.</summary>
    /// <returns>The parameters after the last, flat.</returns>
    public static double[] Train(
        ModelOptions options, double[] start, ScalarType type, IEnumerable<TokenBatch> batches, OptimizerOptions optimizer)
    {
        using var classifier = new LibtorchClassifier(options, start, type);
        using var stepper = new LibtorchOptimizer(classifier, optimizer);
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var encoded = Encode(batch, type);
            stepper.ZeroGradient();
            Loss(classifier.forward(encoded.Tokens, encoded.Lengths).Logits, encoded, optimizer).backward();
            stepper.StepSafely();
        }

        return classifier.Flatten((name, _) => stepper.Model(name));
    }

    private double[] Flatten(Func<string, Parameter, Tensor> select)
    {
        var flat = new double[layout.Length];
        var own = named_parameters().ToDictionary(named => named.name, named => named.parameter);
        foreach (var part in layout.Tensors)
            ToArray(select(part.Name, own[part.Name])).CopyTo(part.In(flat));
        return flat;
    }

    private static double[] ToArray(Tensor values) =>
        values.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}

/// <summary>A batch as libtorch reads it.</summary>
/// <param name="Tokens">[B, T].</param>
/// <param name="Lengths">[B].</param>
/// <param name="Labels">[B].</param>
internal sealed record LibtorchBatch(Tensor Tokens, Tensor Lengths, Tensor Labels);

/// <summary>What libtorch makes of a batch.</summary>
/// <param name="Loss">Mean binary cross-entropy.</param>
/// <param name="Logits">[B, L].</param>
/// <param name="Hidden">Hidden states of the last layer [B, T, D H], also behind a row's end.</param>
/// <param name="Gradient">Flat in <see cref="ParameterLayout"/>'s order.</param>
public sealed record LibtorchResult(double Loss, double[] Logits, double[] Hidden, double[] Gradient);
