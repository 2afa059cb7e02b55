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
    private readonly LSTM lstm;
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
        lstm = nn.LSTM(options.EmbeddingSize, options.HiddenSize, batchFirst: true, dtype: type);
        fc = nn.Linear(options.HiddenSize, options.Logits, dtype: type);
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

    /// <summary>Logits [B, L] and hidden states [B, T, H] of tokens [B, T] with their lengths [B].</summary>
    public override (Tensor Logits, Tensor Hidden) forward(Tensor tokens, Tensor lengths)
    {
        var (hidden, _, _) = lstm.forward(embedding.forward(tokens));
        var last = hidden.select(1, -1);
        if (options.Lengths == TextLengths.Real)
        {
            var index = (lengths - 1).clamp(0).view(-1, 1, 1).expand(-1, 1, options.HiddenSize);
            last = hidden.gather(1, index).squeeze(1) * (lengths > 0).to(type).view(-1, 1); // a row without tokens: 0
        }

        return (fc.forward(last), hidden);
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
/// <param name="Hidden">Hidden states [B, T, H], also behind a row's end.</param>
/// <param name="Gradient">Flat in <see cref="ParameterLayout"/>'s order.</param>
public sealed record LibtorchResult(double Loss, double[] Logits, double[] Hidden, double[] Gradient);
