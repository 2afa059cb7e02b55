using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// All steps of an LSTM layer forward, and back through time, on these rungs:
/// <list type="bullet">
/// <item><c>LstmSequence.Row.cs</c>: one hidden unit, a thread a row, one launch.</item>
/// <item><c>LstmSequence.Tile.cs</c>: up to 128 hidden units, a group a few rows, one launch, the recurrent weights in registers.</item>
/// <item><c>LstmSequence.Tensor.cs</c>: any hidden size, a launch a step, on tensor cores.</item>
/// <item><c>LstmSequence.Step.cs</c>: the same without them.</item>
/// <item><c>LstmSequence.Lanes.cs</c>: up to 8 hidden units on a processor, a thread sixteen rows, in loops that its compiler vectorises.</item>
/// <item><c>LstmSequence.Serial.cs</c>: any hidden size on a processor, a thread two rows, likewise.</item>
/// </list>
/// </summary>
/// <remarks>
/// Hochreiter and Schmidhuber 1997 with forget gates (Gers et al. 2000), initial states zero; BPTT in full (Werbos 1990).
/// Positions are numbered t B + b. A row runs <c>Lengths[b]</c> steps, and costs nothing more where all of its group's rows
/// have ended; behind its end the hidden states (forward) and gate gradients (backward) are set to zero, so that sums over all
/// positions stay right. A thread writes the elements of the units that it owns, and no two threads the same.
/// </remarks>
public static partial class LstmSequence
{
    /// <summary>Arguments of the forward kernels.</summary>
    public struct ForwardArguments
    {
        /// <summary>The input half of the gates for each slot [U, H], from <see cref="GateTable"/>.</summary>
        public ArrayView<UnitGates> Table;

        /// <summary>The slot of each position [T, B].</summary>
        public ArrayView<int> Slots;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary><c>lstm.weight_hh_l0</c> [4H, H].</summary>
        public ArrayView<float> RecurrentWeights;

        /// <summary>Activated gates, written [T, B, H].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Cell states, written [T, B, H].</summary>
        public ArrayView<float> CellStates;

        /// <summary>Hidden states, written [T, B, H].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>Scratch of <see cref="ScratchLength"/> elements.</summary>
        public ArrayView<float> Scratch;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>T.</summary>
        public int Steps;

        /// <summary>H.</summary>
        public int HiddenSize;

        /// <summary>Rows that a group takes; set by the launcher.</summary>
        internal int RowsInGroup;

        /// <summary>1 where the recurrent weights' rows are whole quads, else 0; set by the launcher.</summary>
        internal int WholeQuads;

        /// <summary>t, where a launch is one step; set by the launcher.</summary>
        internal int Step;
    }

    /// <summary>Arguments of the backward kernels.</summary>
    public struct BackwardArguments
    {
        /// <summary>Gradient of each row's last hidden state [B, H].</summary>
        public ArrayView<float> LastHiddenGradient;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary><c>lstm.weight_hh_l0</c> [4H, H].</summary>
        public ArrayView<float> RecurrentWeights;

        /// <summary>Activated gates in, gradients of their pre-activations out [T, B, H].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Cell states [T, B, H].</summary>
        public ArrayView<float> CellStates;

        /// <summary>The cell state's gradient on its way back, scratch [B, H], where a launch is one step.</summary>
        public ArrayView<float> CellGradient;

        /// <summary>Scratch of <see cref="ScratchLength"/> elements.</summary>
        public ArrayView<float> Scratch;

        /// <summary>B.</summary>
        public int Rows;

        /// <summary>T.</summary>
        public int Steps;

        /// <summary>H.</summary>
        public int HiddenSize;

        /// <summary>Rows that a group takes; set by the launcher.</summary>
        internal int RowsInGroup;

        /// <summary>1 where the recurrent weights' rows are whole quads, else 0; set by the launcher.</summary>
        internal int WholeQuads;

        /// <summary>t, where a launch is one step; set by the launcher.</summary>
        internal int Step;
    }

    /// <summary>The rung that is fastest on a device.</summary>
    /// <param name="device">Where.</param>
    /// <param name="rows">B.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="precision">Of the product, where it is large enough for tensor cores; other than full, the device must have them.</param>
    public static SequenceRung RungFor(ComputeDevice device, int rows, int hiddenSize, Precision precision = Precision.Full)
    {
        if (device.IsProcessor)
            return hiddenSize <= MostUnitsInLanes ? SequenceRung.Lanes : SequenceRung.Serial;
        if (hiddenSize == 1)
            return SequenceRung.Row;
        if (TileShape.For(device, hiddenSize) is not null)
            return SequenceRung.Tile;
        if (!device.Info.HasTensorCores)
            return SequenceRung.Step;
        var wide = FillsWideTiles(device, rows, hiddenSize);
        return precision switch
        {
            Precision.Tf32 => wide ? SequenceRung.TensorTf32Wide : SequenceRung.TensorTf32,
            Precision.BFloat16 => wide ? SequenceRung.TensorBFloat16Wide : SequenceRung.TensorBFloat16,
            _ => wide ? SequenceRung.TensorSplitWide : SequenceRung.TensorSplit,
        };
    }

    /// <summary>Every rung that makes sense on a device, fast or not.</summary>
    public static IEnumerable<SequenceRung> RungsOf(ComputeDevice device, int hiddenSize) => Enum.GetValues<SequenceRung>().Where(rung => rung switch
    {
        SequenceRung.Row => hiddenSize == 1,
        SequenceRung.Tile => TileShape.For(device, hiddenSize) is not null,
        _ when IsWide(rung) => device.Info.HasTensorCores && FitsWideTiles(hiddenSize),
        _ when IsOnTensorCores(rung) => device.Info.HasTensorCores,
        SequenceRung.Lanes => device.IsProcessor && hiddenSize <= MostUnitsInLanes,
        SequenceRung.Serial => device.IsProcessor,
        _ => device.Fits(StepGroupSize, 0, 0),
    });

    /// <summary>To what a rung rounds its product's operands.</summary>
    public static Precision PrecisionOf(SequenceRung rung) => rung switch
    {
        SequenceRung.TensorTf32 or SequenceRung.TensorTf32Wide => Precision.Tf32,
        SequenceRung.TensorBFloat16 or SequenceRung.TensorBFloat16Wide => Precision.BFloat16,
        _ => Precision.Full,
    };

    /// <summary>Whether a rung is a launch for each step in time.</summary>
    public static bool IsLaunchAStep(SequenceRung rung) => rung == SequenceRung.Step || IsOnTensorCores(rung);

    /// <summary>Whether a rung needs tensor cores.</summary>
    public static bool IsOnTensorCores(SequenceRung rung) =>
        IsWide(rung) || rung is SequenceRung.TensorSplit or SequenceRung.TensorTf32 or SequenceRung.TensorBFloat16;

    private static bool IsWide(SequenceRung rung) =>
        rung is SequenceRung.TensorSplitWide or SequenceRung.TensorTf32Wide or SequenceRung.TensorBFloat16Wide;

    /// <summary>Launches of all steps in one direction.</summary>
    public static int Launches(SequenceRung rung, int steps)
    {
        if (!IsLaunchAStep(rung))
            return rung == SequenceRung.Serial ? 2 : 1; // the weights are laid out before
        return rung == SequenceRung.Step ? steps : steps + 1; // on tensor cores too
    }

    /// <summary>Elements of scratch that a rung needs.</summary>
    public static long ScratchLength(SequenceRung rung, int rows, int hiddenSize) => rung switch
    {
        SequenceRung.TensorBFloat16 or SequenceRung.TensorBFloat16Wide => TensorScratchQuads(rows, hiddenSize) * 2,
        _ when IsOnTensorCores(rung) => TensorScratchQuads(rows, hiddenSize) * 4,
        SequenceRung.Lanes => LanesScratchLength(rows, hiddenSize),
        SequenceRung.Serial => SerialScratchLength(rows, hiddenSize),
        _ => 0,
    };

    /// <summary>Queues all steps forward, on a rung of <see cref="RungsOf"/>.</summary>
    public static void Forward(ComputeDevice device, ForwardArguments arguments, SequenceRung rung)
    {
        var work = Work(arguments.Rows, arguments.Steps, arguments.HiddenSize, elementsInUnit: 10); // the table's gates in; gates and states out
        switch (rung)
        {
            case SequenceRung.Row:
                LaunchRows(device, RowForwardKernel, arguments, arguments.Rows, work);
                break;
            case SequenceRung.Tile:
                var shape = TileShape.For(device, arguments.HiddenSize)!;
                arguments.RowsInGroup = shape.RowsInGroup(device, arguments.Rows);
                arguments.WholeQuads = WholeQuads(arguments.RecurrentWeights, arguments.HiddenSize);
                LaunchTiles(device, shape, shape.Forward, arguments, arguments.Rows, arguments.RowsInGroup, work);
                break;
            case SequenceRung.Step:
                for (arguments.Step = 0; arguments.Step < arguments.Steps; arguments.Step++)
                    LaunchStep(device, arguments);
                break;
            case SequenceRung.TensorSplit:
                ForwardOnTensorCores<SplitQuad, NarrowTile>(device, arguments);
                break;
            case SequenceRung.TensorSplitWide:
                ForwardOnTensorCores<SplitQuad, WideTile>(device, arguments);
                break;
            case SequenceRung.TensorTf32:
                ForwardOnTensorCores<Tf32Quad, NarrowTile>(device, arguments);
                break;
            case SequenceRung.TensorTf32Wide:
                ForwardOnTensorCores<Tf32Quad, WideTile>(device, arguments);
                break;
            case SequenceRung.TensorBFloat16:
                ForwardOnTensorCores<BFloat16Quad, NarrowTile>(device, arguments);
                break;
            case SequenceRung.TensorBFloat16Wide:
                ForwardOnTensorCores<BFloat16Quad, WideTile>(device, arguments);
                break;
            case SequenceRung.Lanes:
                device.Launch(LanesForwardKernel, arguments, new Index3D(LaneGroups(arguments.Rows), 1, 1), new Index3D(1, 1, 1), work);
                break;
            default:
                var weights = SerialWeights(arguments.HiddenSize);
                device.LaunchElementwise(SerialWeightsForwardKernel, arguments, weights, KernelWork.Of(2L * weights));
                device.Launch(SerialForwardKernel, arguments, new Index3D(Pairs(arguments.Rows), 1, 1), new Index3D(1, 1, 1), work);
                break;
        }
    }

    /// <summary>Queues all steps back through time, on the rung that went forward.</summary>
    public static void Backward(ComputeDevice device, BackwardArguments arguments, SequenceRung rung)
    {
        var work = Work(arguments.Rows, arguments.Steps, arguments.HiddenSize, elementsInUnit: 9); // gates and cell state in, gradients out
        switch (rung)
        {
            case SequenceRung.Row:
                LaunchRows(device, RowBackwardKernel, arguments, arguments.Rows, work);
                break;
            case SequenceRung.Tile:
                var shape = TileShape.For(device, arguments.HiddenSize)!;
                arguments.RowsInGroup = shape.RowsInGroup(device, arguments.Rows);
                arguments.WholeQuads = WholeQuads(arguments.RecurrentWeights, arguments.HiddenSize);
                LaunchTiles(device, shape, shape.Backward, arguments, arguments.Rows, arguments.RowsInGroup, work);
                break;
            case SequenceRung.Step:
                for (arguments.Step = arguments.Steps - 1; arguments.Step >= 0; arguments.Step--)
                    LaunchStep(device, arguments);
                break;
            case SequenceRung.TensorSplit:
                BackwardOnTensorCores<SplitQuad, NarrowTile>(device, arguments);
                break;
            case SequenceRung.TensorSplitWide:
                BackwardOnTensorCores<SplitQuad, WideTile>(device, arguments);
                break;
            case SequenceRung.TensorTf32:
                BackwardOnTensorCores<Tf32Quad, NarrowTile>(device, arguments);
                break;
            case SequenceRung.TensorTf32Wide:
                BackwardOnTensorCores<Tf32Quad, WideTile>(device, arguments);
                break;
            case SequenceRung.TensorBFloat16:
                BackwardOnTensorCores<BFloat16Quad, NarrowTile>(device, arguments);
                break;
            case SequenceRung.TensorBFloat16Wide:
                BackwardOnTensorCores<BFloat16Quad, WideTile>(device, arguments);
                break;
            case SequenceRung.Lanes:
                device.Launch(LanesBackwardKernel, arguments, new Index3D(LaneGroups(arguments.Rows), 1, 1), new Index3D(1, 1, 1), work);
                break;
            default:
                var weights = SerialWeights(arguments.HiddenSize);
                device.LaunchElementwise(SerialWeightsBackwardKernel, arguments, weights, KernelWork.Of(2L * weights));
                device.Launch(SerialBackwardKernel, arguments, new Index3D(Pairs(arguments.Rows), 1, 1), new Index3D(1, 1, 1), work);
                break;
        }
    }

    /// <summary>The work of so many steps.</summary>
    internal static KernelWork Work(int rows, int steps, int hiddenSize, int elementsInUnit)
    {
        var units = (long)rows * steps * hiddenSize;
        return KernelWork.Of(elementsInUnit * units + 4L * hiddenSize * hiddenSize, 8 * units * hiddenSize);
    }

    private static int WholeQuads<TView>(TView weights, int hiddenSize)
        where TView : IContiguousArrayView => hiddenSize % 4 == 0 && weights.IndexInBytes % (4 * sizeof(float)) == 0 ? 1 : 0;

    private static void LaunchRows<TArguments>(ComputeDevice device, Action<TArguments> kernel, TArguments arguments, int rows, KernelWork work)
        where TArguments : struct
    {
        var groupSize = Math.Min(RowGroupSize, device.MaxGroupSize);
        device.Launch(kernel, arguments, new Index3D((rows + groupSize - 1) / groupSize, 1, 1), new Index3D(groupSize, 1, 1), work);
    }

    private static void LaunchTiles<TArguments>(
        ComputeDevice device, TileShape shape, Action<TArguments> kernel, TArguments arguments, int rows, int rowsInGroup, KernelWork work)
        where TArguments : struct =>
        device.Launch(
            kernel, arguments, new Index3D((rows + rowsInGroup - 1) / rowsInGroup, 1, 1), new Index3D(shape.Units, shape.Slices, 1), work, shape.DynamicSharedBytes);
}
