using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// A whole training step of a model with one hidden unit (the article's) in one launch of one group: gate table, all steps
/// forward and back through time, every gradient, and Adam. There is so little to compute that a dozen launches, which wait for
/// one another, would take longer than what they do.
/// </summary>
/// <remarks>
/// Elements are those of <see cref="GateTable"/>, <see cref="LstmSequence"/> (<c>LstmSequence.Row.cs</c>),
/// <see cref="ClassifierHead"/> and <see cref="Adam"/>, by their own functions; the sums over rows, positions and tokens are
/// written here for one group. Its reference is the whole network. Between two parts stands a barrier. Within a part a thread
/// takes every n-th element, n being the threads of the group, and no two threads write the same. Sums over threads are by
/// halves, the same order each time.
/// </remarks>
public static partial class OneUnitStep
{
    /// <summary>
    /// The most chunks of positions (see <see cref="SegmentSum"/>) that a batch can have: 20 KiB of shared memory.
    /// </summary>
    public const int MaxChunks = 1280;

    // Beyond these, what one multiprocessor takes longer for is more than the launches that it saves.
    private const int MaxRows = 128;
    private const int MaxParameters = 32_768;

    private const int MaxThreads = 512;
    private const int BytesInQuad = 16;

    /// <summary>Whether the kernel can take such a batch.</summary>
    /// <param name="vocabularySize">Rows of the embedding V.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="rows">Rows of a batch B.</param>
    /// <param name="steps">Steps T.</param>
    /// <param name="logits">Logits of a row L.</param>
    public static bool Takes(int vocabularySize, int hiddenSize, int rows, int steps, int logits) =>
        hiddenSize == 1
            && logits == 1
            && !BatchIndex.IsCompacted(vocabularySize)
            && SegmentSum.MaxChunks(rows * steps, vocabularySize) <= MaxChunks;

    /// <summary>Whether the kernel can make an optimizer's step too.</summary>
    public static bool CanUpdateBy(Optimizer rule) => rule is Adam;

    /// <summary>Whether it is the faster way for a batch that it can take.</summary>
    /// <param name="vocabularySize">Rows of the embedding V.</param>
    /// <param name="embeddingSize">Width of an embedding row E.</param>
    /// <param name="rows">Rows of a batch B.</param>
    public static bool IsFaster(int vocabularySize, int embeddingSize, int rows) =>
        rows <= MaxRows && (long)vocabularySize * embeddingSize <= MaxParameters;

    /// <summary>Its kernels.</summary>
    internal static IEnumerable<KernelInstance> Kernels => [new(StepKernel, MaxThreads)];

    /// <summary>The step; the group writes everything.</summary>
    [DeviceKernel]
    internal static void StepKernel(Arguments a)
    {
        var shared = SharedMemory.Allocate<Quad>(MaxChunks);
        var (thread, threads) = (Group.IdxX, Group.DimX);

        var table = TableForward(a);
        for (var slot = thread; slot < a.VocabularySize; slot += threads)
            GateTable.ForwardOf(table, slot, unit: 0);
        Group.Barrier();

        var (forward, head, backward) = (Forward(a), Head(a), Backward(a));
        for (var row = thread; row < a.Rows; row += threads)
        {
            LstmSequence.ForwardOfRow(forward, row);
            a.Logits[row] =
                a.Parameters[a.HeadBias] + a.Parameters[a.HeadWeight] * ClassifierHead.LastHidden(head, row, unit: 0);
            default(OneLogitLoss.OneLogit).Classify(head, row);
            a.LastHiddenGradient[row] = a.LogitGradients[row] * a.Parameters[a.HeadWeight];
            LstmSequence.BackwardOfRow<LstmSequence.AtLastStep>(backward, row);
        }

        Group.Barrier();
        SumOverRows(a, head, shared);
        Group.Barrier();
        SumOverTokens(a, shared);
        Group.Barrier();

        var tableBackward = TableBackward(a);
        for (var element = thread; element < a.InputWeights; element += threads)
            GateTable.InputBackwardOf<GateTable.Writes>(tableBackward, element / a.EmbeddingSize, element % a.EmbeddingSize);
        SumOverSlots(a, shared); // ends with a barrier
        if (a.Updates == 0)
            return;
        var adam = AdamOf(a);
        for (var parameter = thread; parameter < a.Count; parameter += threads)
            Adam.Update(adam, parameter);
    }

    /// <summary>Gradients of the recurrent weights and of the head, and the totals.</summary>
    private static void SumOverRows(Arguments a, ClassifierHead.Arguments head, ArrayView<Quad> shared)
    {
        Quad sums = default;
        for (var position = Group.IdxX; position < (a.Steps - 1) * a.Rows; position += Group.DimX)
            sums.AddProduct(Quad.Of(a.Gates[position + a.Rows]), a.HiddenStates[position]);
        sums = ColumnSum.Of(shared, sums, columns: 1, parts: Group.DimX);
        if (Group.IdxX == 0)
            sums.Store(a.Gradient, a.RecurrentWeights);
        Group.Barrier();

        sums.X = ClassifierHead.ColumnPart<OneLogitLoss.OneLogit>(head, 0, Group.IdxX, Group.DimX);
        sums.Y = ClassifierHead.ColumnPart<OneLogitLoss.OneLogit>(head, 1, Group.IdxX, Group.DimX);
        sums.Z = ClassifierHead.ColumnPart<OneLogitLoss.OneLogit>(head, 2, Group.IdxX, Group.DimX);
        sums.W = ClassifierHead.ColumnPart<OneLogitLoss.OneLogit>(head, 3, Group.IdxX, Group.DimX);

        sums = ColumnSum.Of(shared, sums, columns: 1, parts: Group.DimX);
        if (Group.IdxX > 0)
            return;
        ClassifierHead.WriteColumn<OneLogitLoss.OneLogit>(head, 0, sums.X);
        ClassifierHead.WriteColumn<OneLogitLoss.OneLogit>(head, 1, sums.Y);
        ClassifierHead.WriteColumn<OneLogitLoss.OneLogit>(head, 2, sums.Z);
        ClassifierHead.WriteColumn<OneLogitLoss.OneLogit>(head, 3, sums.W);
    }

    /// <summary>The gate table's gradient: each chunk of a token's positions, then each token's chunks.</summary>
    private static void SumOverTokens(Arguments a, ArrayView<Quad> shared)
    {
        for (var chunk = Group.IdxX; chunk < a.ChunkStarts[a.VocabularySize]; chunk += Group.DimX)
        {
            var (begin, end) = SegmentSum.Range(a.SegmentStarts, a.ChunkStarts, chunk, a.ChunkSlots[chunk]);
            Quad sum = default;
            for (var s = begin; s < end; s++)
                sum.Add(Quad.Of(a.Gates[a.SortedPositions[s]]));
            shared[chunk] = sum;
        }

        Group.Barrier();
        for (var slot = Group.IdxX; slot < a.VocabularySize; slot += Group.DimX)
        {
            Quad sum = default;
            for (var chunk = a.ChunkStarts[slot]; chunk < a.ChunkStarts[slot + 1]; chunk++)
                sum.Add(shared[chunk]);
            a.TableGradient[slot] = sum.AsGates();
        }
    }

    /// <summary>
    /// Gradients of the input weights and the biases, whose input is a column of ones behind the embedding's: lanes of tokens for
    /// each column.
    /// </summary>
    private static void SumOverSlots(Arguments a, ArrayView<Quad> shared)
    {
        var columns = a.EmbeddingSize + 1;
        for (var first = 0; first < columns; first += Group.DimX)
        {
            var width = columns - first < Group.DimX ? columns - first : Group.DimX;
            var parts = Group.DimX / width;
            var (column, part) = (first + Group.IdxX % width, Group.IdxX / width);
            Quad sum = default;
            if (part < parts)
            {
                for (var slot = part; slot < a.VocabularySize; slot += parts)
                {
                    var input = column < a.EmbeddingSize ? a.Parameters[slot * a.EmbeddingSize + column] : 1f;
                    sum.AddProduct(Quad.Of(a.TableGradient[slot]), input);
                }
            }

            sum = ColumnSum.Of(shared, sum, width, parts);
            if (part == 0)
                WriteInputColumn(a, column, sum);
            Group.Barrier(); // before shared memory is used again, and before Adam reads any gradient
        }
    }

    private static void WriteInputColumn(Arguments a, int column, Quad sum)
    {
        if (column < a.EmbeddingSize)
        {
            var weight = a.InputWeights + column;
            a.Gradient[weight] = sum.X;
            a.Gradient[weight + a.EmbeddingSize] = sum.Y;
            a.Gradient[weight + 2 * a.EmbeddingSize] = sum.Z;
            a.Gradient[weight + 3 * a.EmbeddingSize] = sum.W;
        }
        else
        {
            sum.Store(a.Gradient, a.InputBias);
            sum.Store(a.Gradient, a.RecurrentBias);
        }
    }

    private static GateTable.ForwardArguments TableForward(Arguments a) => new()
    {
        Inputs = a.Parameters,
        InputWeights = a.Parameters.SubView(a.InputWeights, 4 * a.EmbeddingSize),
        InputBias = a.Parameters.SubView(a.InputBias, 4),
        RecurrentBias = a.Parameters.SubView(a.RecurrentBias, 4),
        InputRows = a.SlotTokens,
        SlotCount = a.SlotCount,
        Table = a.Table,
        Slots = a.VocabularySize,
        InputSize = a.EmbeddingSize,
        HiddenSize = 1,
    };

    private static LstmSequence.ForwardArguments Forward(Arguments a) => new()
    {
        Table = a.Table,
        Slots = a.Slots,
        Lengths = a.Lengths,
        RecurrentWeights = a.Parameters.SubView(a.RecurrentWeights, 4),
        Gates = a.Gates,
        CellStates = a.CellStates,
        HiddenStates = a.HiddenStates,
        Rows = a.Rows,
        Steps = a.Steps,
        HiddenSize = 1,
    };

    private static ClassifierHead.Arguments Head(Arguments a) => new()
    {
        HiddenStates = a.HiddenStates,
        Lengths = a.Lengths,
        Labels = a.Labels,
        Loss = a.Loss,
        Weights = a.Parameters.SubView(a.HeadWeight, 1),
        Bias = a.Parameters.SubView(a.HeadBias, 1),
        Logits = a.Logits,
        RowLosses = a.RowLosses,
        LogitGradients = a.LogitGradients,
        Totals = a.Totals,
        LastHiddenGradient = a.LastHiddenGradient,
        WeightGradient = a.Gradient.SubView(a.HeadWeight, 1),
        BiasGradient = a.Gradient.SubView(a.HeadBias, 1),
        Rows = a.Rows,
        HiddenSize = 1,
        LogitCount = 1,
    };

    private static LstmSequence.BackwardArguments Backward(Arguments a) => new()
    {
        HiddenGradient = a.LastHiddenGradient,
        Lengths = a.Lengths,
        RecurrentWeights = a.Parameters.SubView(a.RecurrentWeights, 4),
        Gates = a.Gates,
        CellStates = a.CellStates,
        Rows = a.Rows,
        Steps = a.Steps,
        HiddenSize = 1,
    };

    private static GateTable.BackwardArguments TableBackward(Arguments a) => new()
    {
        TableGradient = a.TableGradient,
        InputWeights = a.Parameters.SubView(a.InputWeights, 4 * a.EmbeddingSize),
        InputRows = a.SlotTokens,
        SlotCount = a.SlotCount,
        InputGradient = a.Gradient,
        Slots = a.VocabularySize,
        InputSize = a.EmbeddingSize,
        HiddenSize = 1,
    };

    private static Adam.Arguments AdamOf(Arguments a) => new()
    {
        Parameters = a.Parameters,
        Gradients = a.Gradient,
        FirstMoments = a.FirstMoments,
        SecondMoments = a.SecondMoments,
        Factors = a.Factors,
        Count = a.Count,
    };

    /// <summary>Queues the step of a batch.</summary>
    /// <exception cref="ArgumentException"><see cref="Takes"/> does not allow it.</exception>
    public static void Run(ComputeDevice device, Arguments arguments)
    {
        if (!Takes(arguments.VocabularySize, hiddenSize: 1, arguments.Rows, arguments.Steps, logits: 1))
        {
            throw new ArgumentException(
                $"{arguments.Rows} rows of {arguments.Steps} steps and {arguments.VocabularySize} tokens are too many for one "
                + $"group",
                nameof(arguments));
        }

        var threads = device.Fits(MaxThreads, MaxChunks * BytesInQuad, 0) ? MaxThreads : device.MaxGroupSize;
        var positions = (long)arguments.Rows * arguments.Steps;
        var (table, parameters) = (4L * arguments.VocabularySize, (long)arguments.Count);
        device.Launch(
            StepKernel, arguments, new Index3D(1, 1, 1), new Index3D(threads, 1, 1),
            KernelWork.Of(
                28 * positions + 4 * table + 9 * parameters,
                28 * positions + 6 * table * arguments.EmbeddingSize + 12 * parameters));
    }
}
