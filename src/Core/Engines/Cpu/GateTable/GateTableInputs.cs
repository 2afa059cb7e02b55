using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// What a gate table of the first layer is computed from: embeddings of tokens, perhaps with those of their n-grams, or of pairs.
/// </summary>
/// <param name="Embedding">The tensor of tokens or pairs.</param>
/// <param name="Size">Numbers of a slot: a row of it, and the mean of n-grams that is appended.</param>
/// <param name="FirstColumn">The first column of W_ih that they are multiplied with.</param>
/// <param name="Stride">All columns of W_ih.</param>
/// <param name="Place">Where dropout draws their factors.</param>
internal sealed record GateTableInputs(
    ParameterTensor Embedding, int Size, int FirstColumn, int Stride, DropoutPlace Place)
{
    /// <summary>Whether they are those of pairs, whose rows are fetched one a slot, and whose table has no biases.</summary>
    public bool ArePairs => Place == DropoutPlace.Pairs;

    /// <summary>Whether the columns of W_ih are the tokens' too, whose gradient is there already.</summary>
    public bool ShareWeights => ArePairs && FirstColumn == 0;

    /// <summary>Of tokens.</summary>
    public static GateTableInputs OfTokens(ModelOptions options, ParameterLayout layout) =>
        new(layout.Embedding, options.TokenSize, FirstColumn: 0, options.InputSize, DropoutPlace.Embedding);

    /// <summary>Of pairs.</summary>
    public static GateTableInputs OfPairs(ModelOptions options, ParameterLayout layout) => new(
        layout.Pairs!, options.Pairs!.Size, options.PairColumn, options.InputSize, DropoutPlace.Pairs);

    /// <summary>The slots of a batch.</summary>
    public SlotNumbers NumbersOf(CpuBatch batch) => ArePairs ? batch.Pairs! : batch.Tokens;

    /// <summary>The row of a slot in parameters and gradient.</summary>
    public int RowOf(SlotNumbers numbers, int slot) => ArePairs ? slot : numbers.Numbers[slot];
}
