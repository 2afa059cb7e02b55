using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The recurrent weights that one thread keeps for all steps, as a type: <see cref="InRegisters{TSource}"/> and
/// <see cref="InSharedMemory{TSource}"/> hold one block of 4 x 4 weights, <see cref="Both{TLow, THigh}"/> and
/// <see cref="Twice{TBlocks}"/> two of these. What a kernel keeps where is a matter of its type arguments, and nothing is left of
/// the types when it is compiled: sixteen registers a block, and no loop.
/// </summary>
internal interface IWeightBlocks
{
    /// <summary>Blocks in here.</summary>
    int Count { get; }

    /// <summary>Of these, how many are in shared memory.</summary>
    int CountInSharedMemory { get; }

    /// <summary>Reads the weights.</summary>
    /// <typeparam name="TRows">How.</typeparam>
    /// <param name="place">What the thread owns.</param>
    /// <param name="block">The number of the first block in here.</param>
    void Load<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows;

    /// <summary>Adds weights · inputs.</summary>
    /// <param name="sum">Four outputs.</param>
    /// <param name="inputs">A quad of inputs for each block.</param>
    /// <param name="first">The quad for block 0.</param>
    /// <param name="place">What the thread owns.</param>
    /// <param name="block">The number of the first block in here.</param>
    void Multiply(ref Quad sum, ArrayView<Quad> inputs, int first, WeightPlace place, int block);
}

/// <summary>Where a 4 x 4 block's weights are in <c>lstm.weight_hh_l0</c>.</summary>
internal interface IWeightSource
{
    /// <summary>Reads one block; what lies outside the matrix is 0.</summary>
    /// <typeparam name="TRows">How.</typeparam>
    /// <param name="place">What the thread owns.</param>
    /// <param name="block">The block's number.</param>
    WeightColumns Read<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows;
}

/// <summary>How four neighbours of a row of <c>lstm.weight_hh_l0</c> are read.</summary>
internal interface IWeightRows
{
    /// <summary>The weights of a unit's gate for four hidden states; what lies outside the matrix is 0.</summary>
    /// <param name="place">The matrix.</param>
    /// <param name="gate">0 to 3.</param>
    /// <param name="unit">Whose gate.</param>
    /// <param name="input">The first of the hidden states, a multiple of 4.</param>
    Quad Read(WeightPlace place, int gate, int unit, int input);
}

/// <summary>One by one: the matrix may have any size, and begin anywhere.</summary>
internal struct SingleWeights : IWeightRows
{
    public readonly Quad Read(WeightPlace place, int gate, int unit, int input) => new()
    {
        X = place.At(gate, unit, input),
        Y = place.At(gate, unit, input + 1),
        Z = place.At(gate, unit, input + 2),
        W = place.At(gate, unit, input + 3),
    };
}

/// <summary>As quads: the matrix begins at a multiple of 16 bytes, and H is a multiple of 4.</summary>
internal struct QuadWeights : IWeightRows
{
    public readonly Quad Read(WeightPlace place, int gate, int unit, int input)
    {
        Quad quad = default; // with a branch: PoCL 3.1's compiler fails on selections among these quads
        if (unit < place.HiddenSize & input < place.HiddenSize)
            quad = place.Weights.Cast<Quad>()[((gate * place.HiddenSize + unit) * place.HiddenSize + input) / 4];
        return quad;
    }
}

/// <summary>The part of the recurrent weights that a thread owns.</summary>
internal struct WeightPlace
{
    /// <summary><c>lstm.weight_hh_l0</c> [4H, H].</summary>
    public ArrayView<float> Weights;

    /// <summary>Hidden units H.</summary>
    public int HiddenSize;

    /// <summary>Forward: the hidden unit whose gates are computed. Backward: the first of four hidden states.</summary>
    public int Output;

    /// <summary>Forward: the first quad of hidden states. Backward: the first unit whose gates come in.</summary>
    public int FirstInput;

    /// <summary>Room for blocks in shared memory [blocks, 4, threads].</summary>
    public ArrayView<Quad> Shared;

    /// <summary>The thread's number in its group.</summary>
    public int Thread;

    /// <summary>The group's threads.</summary>
    public int Threads;

    /// <summary>An element of the matrix, or 0 outside it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float At(int gate, int unit, int input) =>
        Guarded.Element(Weights, (gate * HiddenSize + unit) * HiddenSize + input, unit < HiddenSize & input < HiddenSize);
}

/// <summary>Sixteen weights: the four outputs' weights for each of four inputs.</summary>
internal struct WeightColumns
{
    public Quad A;
    public Quad B;
    public Quad C;
    public Quad D;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply(ref Quad sum, Quad input)
    {
        sum.AddProduct(A, input.X);
        sum.AddProduct(B, input.Y);
        sum.AddProduct(C, input.Z);
        sum.AddProduct(D, input.W);
    }
}

/// <summary>Outputs are a unit's gates i, f, g, o; inputs four hidden states.</summary>
internal struct ForwardWeights : IWeightSource
{
    public readonly WeightColumns Read<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows
    {
        var input = 4 * (place.FirstInput + block);
        var (i, f) = (default(TRows).Read(place, 0, place.Output, input), default(TRows).Read(place, 1, place.Output, input));
        var (g, o) = (default(TRows).Read(place, 2, place.Output, input), default(TRows).Read(place, 3, place.Output, input));
        return new WeightColumns
        {
            A = new Quad { X = i.X, Y = f.X, Z = g.X, W = o.X },
            B = new Quad { X = i.Y, Y = f.Y, Z = g.Y, W = o.Y },
            C = new Quad { X = i.Z, Y = f.Z, Z = g.Z, W = o.Z },
            D = new Quad { X = i.W, Y = f.W, Z = g.W, W = o.W },
        };
    }
}

/// <summary>Outputs are the gradients of four hidden states; inputs those of a unit's gates.</summary>
internal struct BackwardWeights : IWeightSource
{
    public readonly WeightColumns Read<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows
    {
        var unit = place.FirstInput + block;
        return new WeightColumns
        {
            A = default(TRows).Read(place, 0, unit, place.Output),
            B = default(TRows).Read(place, 1, unit, place.Output),
            C = default(TRows).Read(place, 2, unit, place.Output),
            D = default(TRows).Read(place, 3, unit, place.Output),
        };
    }
}

/// <summary>One block in sixteen registers.</summary>
internal struct InRegisters<TSource> : IWeightBlocks
    where TSource : unmanaged, IWeightSource
{
    private WeightColumns columns;

    public readonly int Count => 1;

    public readonly int CountInSharedMemory => 0;

    public void Load<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows => columns = default(TSource).Read<TRows>(place, block);

    public readonly void Multiply(ref Quad sum, ArrayView<Quad> inputs, int first, WeightPlace place, int block) =>
        columns.Multiply(ref sum, inputs[first + block]);
}

/// <summary>One block in shared memory, where only its own thread reads it: no barrier is needed.</summary>
internal struct InSharedMemory<TSource> : IWeightBlocks
    where TSource : unmanaged, IWeightSource
{
    public readonly int Count => 1;

    public readonly int CountInSharedMemory => 1;

    public readonly void Load<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows
    {
        var columns = default(TSource).Read<TRows>(place, block);
        var at = 4 * block * place.Threads + place.Thread;
        place.Shared[at] = columns.A;
        place.Shared[at + place.Threads] = columns.B;
        place.Shared[at + 2 * place.Threads] = columns.C;
        place.Shared[at + 3 * place.Threads] = columns.D;
    }

    public readonly void Multiply(ref Quad sum, ArrayView<Quad> inputs, int first, WeightPlace place, int block)
    {
        var input = inputs[first + block];
        var at = 4 * block * place.Threads + place.Thread;
        sum.AddProduct(place.Shared[at], input.X);
        sum.AddProduct(place.Shared[at + place.Threads], input.Y);
        sum.AddProduct(place.Shared[at + 2 * place.Threads], input.Z);
        sum.AddProduct(place.Shared[at + 3 * place.Threads], input.W);
    }
}

/// <summary>Blocks, and more blocks behind them. Those in shared memory come first, so that they are numbered from 0.</summary>
internal struct Both<TLow, THigh> : IWeightBlocks
    where TLow : unmanaged, IWeightBlocks
    where THigh : unmanaged, IWeightBlocks
{
#pragma warning disable CS0649 // their own Load fills them
    private TLow low;
    private THigh high;
#pragma warning restore CS0649

    public readonly int Count => default(TLow).Count + default(THigh).Count;

    public readonly int CountInSharedMemory => default(TLow).CountInSharedMemory + default(THigh).CountInSharedMemory;

    public void Load<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows
    {
        low.Load<TRows>(place, block);
        high.Load<TRows>(place, block + default(TLow).Count);
    }

    public void Multiply(ref Quad sum, ArrayView<Quad> inputs, int first, WeightPlace place, int block)
    {
        low.Multiply(ref sum, inputs, first, place, block);
        high.Multiply(ref sum, inputs, first, place, block + default(TLow).Count);
    }
}

/// <summary>Blocks, and as many more of the same kind behind them.</summary>
internal struct Twice<TBlocks> : IWeightBlocks
    where TBlocks : unmanaged, IWeightBlocks
{
    private Both<TBlocks, TBlocks> blocks;

    public readonly int Count => 2 * default(TBlocks).Count;

    public readonly int CountInSharedMemory => 2 * default(TBlocks).CountInSharedMemory;

    public void Load<TRows>(WeightPlace place, int block)
        where TRows : unmanaged, IWeightRows => blocks.Load<TRows>(place, block);

    public void Multiply(ref Quad sum, ArrayView<Quad> inputs, int first, WeightPlace place, int block) =>
        blocks.Multiply(ref sum, inputs, first, place, block);
}
