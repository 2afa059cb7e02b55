using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Models;

/// <summary>A case of the whole model: its shape, the range of its parameters, and rows that make up several batches.</summary>
/// <param name="Options">The model's shape.</param>
/// <param name="BatchSize">B, the rows of every batch but the last.</param>
/// <param name="Rows">N, the rows of all batches; where B does not divide it, the last batch is smaller.</param>
internal sealed record ModelCase(ModelOptions Options, int BatchSize, int Rows)
{
    private const double HugeWeight = 1000;

    // Of fewer, a gate may be so far from its bias that the cell state saturates, and what little gradient passes through it is
    // mostly rounding.
    private const int MinInputsOfLongMemory = 8;

    /// <summary>Whether it has a <see cref="LongMemory"/>.</summary>
    public bool Remembers { get; init; }

    /// <summary>Parameters in ± 1,000: a naive sigmoid, tanh or logarithm overflows, and all but the loss is chaotic.</summary>
    public bool IsHuge { get; init; }

    /// <summary>
    /// What a step minimises, and how. Adam divides a gradient by its own size: with the usual ε of 1e-8, rounding errors in tiny
    /// gradients would move their parameters by a visible part of the learning rate. The kernel's own case has 1e-8.
    /// </summary>
    public OptimizerOptions Optimizer { get; init; } = new() { Values = HyperparameterValues.None.With("epsilon", 1e-3) };

    /// <summary>The rows' lengths, in turn; null for any.</summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    /// <summary>The tokens that occur; null for any.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>
    /// Draws all parameters: embeddings in ± 1, weights in ± 1/√n for n inputs (8 at least with a long memory), so that gates
    /// neither vanish nor saturate whatever the sizes.
    /// </summary>
    public float[] DrawParameters(ParameterLayout layout, Random random)
    {
        var parameters = new float[layout.Length];
        foreach (var tensor in layout.Tensors)
        {
            var range = IsHuge
                ? HugeWeight
                : 1 / Math.Sqrt(Math.Max(InputsOf(tensor), Remembers && tensor != layout.Embedding ? MinInputsOfLongMemory : 1));
            foreach (ref var value in tensor.In(parameters))
                value = (float)((2 * random.NextDouble() - 1) * range);
        }

        if (Remembers)
            LongMemory.Give(layout, Options.HiddenSize, parameters);
        return parameters;

        // A bias has as many as there are hidden units.
        int InputsOf(ParameterTensor tensor) =>
            tensor == layout.Embedding || layout.RowTables.Contains(tensor) ? 1
            : tensor.Shape.Count > 1 ? tensor.Shape[1] : Options.HiddenSize;
    }

    /// <summary>Draws the rows [N, T].</summary>
    public TokenMatrix DrawRows(Random random)
    {
        var (tokens, lengths) = (new int[Rows * Options.MaxLength], new int[Rows]);
        for (var row = 0; row < Rows; row++)
        {
            lengths[row] = Lengths is null ? random.Next(Options.MaxLength + 1) : Lengths[row % Lengths.Count];
            foreach (ref var token in tokens.AsSpan(row * Options.MaxLength, lengths[row]))
                token = Tokens is null ? random.Next(1, Options.VocabularySize) : Tokens[random.Next(Tokens.Count)];
        }

        return new TokenMatrix(
            tokens, lengths, [.. Enumerable.Range(0, Rows).Select(_ => random.Next(Options.Classes))], Options.MaxLength);
    }

    public override string ToString() =>
        $"V={Options.VocabularySize} E={Options.EmbeddingSize} H={Options.HiddenSize} T={Options.MaxLength} B={BatchSize} "
        + $"N={Rows} C={Options.Classes} {Options.Lengths}"
        + (Options.Layers > 1 ? $" layers={Options.Layers}" : "") + (Options.IsBidirectional ? " bidirectional" : "")
        + (Options.IsPooled ? $" {Options.Readout}" : "")
        + (Options.Pairs is { } pairs ? $" pairs={pairs.Rows}x{pairs.Size} {pairs.Join}" : "")
        + (Options.Ngrams is { } ngrams ? $" ngrams={ngrams.Rows}x{ngrams.Size} {ngrams.Join}" : "")
        + (Optimizer.Dropout.StepOf(1) is null ? "" : $" dropped{NamesOf(Optimizer.Dropout)}");

    private static string NamesOf(DropoutOptions dropout) =>
        (dropout.Embedding > 0 ? " embedding" : "") + (dropout.Layers > 0 ? " layers" : "")
        + (dropout.Recurrent > 0 ? " recurrent" : "") + (dropout.Head > 0 ? " head" : "");
}
