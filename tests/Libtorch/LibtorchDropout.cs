using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using TorchSharp;
using static TorchSharp.torch;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// The classifier with dropout, row by row and step by step of libtorch's own functions in float64, whose autograd goes back. Its
/// modules draw numbers of their own, so the factors are those of <see cref="DropoutMask"/>.
/// </summary>
/// <param name="options">The model's shape; its readout is the last step or the mean.</param>
/// <param name="dropout">What is dropped.</param>
internal sealed class LibtorchDropout(ModelOptions options, DropoutStep dropout)
{
    /// <summary>Loss and gradient of a batch.</summary>
    /// <param name="parameters">All parameters, flat in <see cref="ParameterLayout"/>'s order.</param>
    /// <param name="batch">The batch.</param>
    public (double Loss, double[] Gradient) Differentiate(double[] parameters, TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var layout = new ParameterLayout(options);
        var own = layout.Tensors.ToDictionary(
            part => part.Name,
            part => tensor(
                part.In(parameters).ToArray(), [.. part.Shape.Select(extent => (long)extent)], ScalarType.Float64,
                requires_grad: true));
        var logits = stack([.. Enumerable.Range(0, batch.Rows).Select(row => Logits(own, batch, row))]);
        var loss = LibtorchClassifier.Loss(logits, LibtorchClassifier.Encode(batch, ScalarType.Float64));
        loss.backward();
        var gradient = new double[layout.Length];
        foreach (var part in layout.Tensors)
        {
            if (own[part.Name].grad is { } ofPart)
                ofPart.contiguous().data<double>().ToArray().CopyTo(part.In(gradient));
        }

        return (loss.ToDouble(), gradient);
    }

    private Tensor Logits(Dictionary<string, Tensor> own, TokenBatch batch, int row)
    {
        var steps = options.Lengths == TextLengths.Padded ? batch.Steps : batch.Lengths[row];
        var states = batch.Tokens.Skip(row * batch.Steps).Take(steps)
            .Select(token => own["embedding.weight"].select(0, token) * OfEmbedding(token))
            .ToList();
        Tensor[] last = [];
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var inputs = states;
            var directions = Enumerable.Range(0, options.Directions)
                .Select(direction => Direction(own, inputs, layer, direction, row))
                .ToList();
            last = [.. directions.Select((ran, direction) => steps == 0 ? Zeros() : direction == 0 ? ran[^1] : ran[0])];
            states = [.. Enumerable.Range(0, steps).Select(t => cat([.. directions.Select(ran => ran[t])]))];
            if (layer < options.Layers - 1)
                states = [.. states.Select((state, t) => state * Factors(DropoutPlace.Layer, layer, row, t, options.Features))];
        }

        var read = options.Readout == Readout.Last || steps == 0 ? cat(last) : stack(states).mean([0]);
        return own["fc.weight"].matmul(read * Factors(DropoutPlace.Head, 0, row, 0, options.HeadInputs)) + own["fc.bias"];
    }

    /// <summary>The hidden states of a direction, in the row's order.</summary>
    private List<Tensor> Direction(Dictionary<string, Tensor> own, List<Tensor> inputs, int layer, int direction, int row)
    {
        var name = $"l{layer}{(direction == 0 ? "" : "_reverse")}";
        var factors = Factors(DropoutPlace.Recurrent, layer * options.Directions + direction, row, 0, options.HiddenSize);
        var (hidden, cell, ran) = (Zeros(), Zeros(), new List<Tensor>());
        foreach (var input in direction == 0 ? inputs : Enumerable.Reverse(inputs))
        {
            var gates = (own[$"lstm.weight_ih_{name}"].matmul(input) + own[$"lstm.bias_ih_{name}"]
                + own[$"lstm.weight_hh_{name}"].matmul(hidden) + own[$"lstm.bias_hh_{name}"]).chunk(4);
            cell = gates[1].sigmoid() * cell + gates[0].sigmoid() * gates[2].tanh();
            hidden = gates[3].sigmoid() * cell.tanh() * factors;
            ran.Add(hidden);
        }

        if (direction == 1)
            ran.Reverse();
        return ran;
    }

    private Tensor OfEmbedding(int token) => Factors(DropoutPlace.Embedding, 0, token, 0, options.EmbeddingSize);

    private Tensor Zeros() => zeros(options.HiddenSize, ScalarType.Float64);

    private Tensor Factors(DropoutPlace place, int number, int row, int time, int columns) =>
        dropout.MaskOf(place, number) is { } mask
        ? tensor(Enumerable.Range(0, columns).Select(column => (double)mask.Factor(row, time, column)).ToArray())
        : ones(columns, ScalarType.Float64);
}
