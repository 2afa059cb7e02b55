using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// All steps of an LSTM layer in one direction forward, and back through time, in these variants (<see cref="Variants"/>):
/// <list type="bullet">
/// <item><c>LstmSequence.Row.cs</c>: one hidden unit, a thread a row, one launch.</item>
/// <item><c>LstmSequence.Tile.cs</c>: up to 128 hidden units, a group a few rows, one launch, the recurrent weights in
/// registers.</item>
/// <item><c>LstmSequence.Tensor.cs</c>: any hidden size, a launch a step, on tensor cores.</item>
/// <item><c>LstmSequence.Step.cs</c>: the same without them.</item>
/// <item><c>LstmSequence.Lanes.cs</c>: up to 8 hidden units on a processor, a thread sixteen rows, in loops that its compiler
/// vectorises.</item>
/// <item><c>LstmSequence.Serial.cs</c>: any hidden size on a processor, a thread two rows, likewise.</item>
/// </list>
/// </summary>
/// <remarks>
/// Hochreiter and Schmidhuber 1997 with forget gates (Gers et al. 2000), initial states zero; BPTT in full (Werbos 1990).
/// Positions are numbered t B + b; a reverse direction runs a row from its last step to its first, and numbers them in that
/// order. A row runs <c>Lengths[b]</c> steps, and costs nothing more where all of its group's rows
/// have ended; behind its end the hidden states (forward) and gate gradients (backward) are set to zero, so that sums over all
/// positions stay right. With <see cref="ForwardArguments.StateFactors"/> h = factor o tanh(c), for the next step and for all
/// that read it. A thread writes the elements of the units that it owns, and no two threads the same.
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

        /// <summary><c>lstm.weight_hh_l0</c> or another [4H, H].</summary>
        public ArrayView<float> RecurrentWeights;

        /// <summary>
        /// What a row's hidden states are multiplied with in every step [B, H], see <see cref="Dropout"/>; empty: nothing. With
        /// one hidden unit it is not read.
        /// </summary>
        public ArrayView<float> StateFactors;

        /// <summary>Activated gates, written [T, B, H].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Cell states, written [T, B, H].</summary>
        public ArrayView<float> CellStates;

        /// <summary>Hidden states, written [T, B, H].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>Scratch of <see cref="SequenceVariant.ScratchLength"/> elements.</summary>
        public ArrayView<float> Scratch;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        /// <summary>Hidden units H.</summary>
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
        /// <summary>
        /// Gradient of each row's last hidden state [B, H], or of that of every step [T, B, H]: see
        /// <see cref="IncomingGradient"/>.
        /// </summary>
        public ArrayView<float> HiddenGradient;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary><c>lstm.weight_hh_l0</c> or another [4H, H].</summary>
        public ArrayView<float> RecurrentWeights;

        /// <summary>
        /// What the hidden states were multiplied with [B, H]; empty: nothing. With one hidden unit it is not read.
        /// </summary>
        public ArrayView<float> StateFactors;

        /// <summary>Activated gates in, gradients of their pre-activations out [T, B, H].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Cell states [T, B, H].</summary>
        public ArrayView<float> CellStates;

        /// <summary>The cell state's gradient on its way back, scratch [B, H], where a launch is one step.</summary>
        public ArrayView<float> CellGradient;

        /// <summary>Scratch of <see cref="SequenceVariant.ScratchLength"/> elements.</summary>
        public ArrayView<float> Scratch;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        /// <summary>Hidden units H.</summary>
        public int HiddenSize;

        /// <summary>Rows that a group takes; set by the launcher.</summary>
        internal int RowsInGroup;

        /// <summary>1 where the recurrent weights' rows are whole quads, else 0; set by the launcher.</summary>
        internal int WholeQuads;

        /// <summary>t, where a launch is one step; set by the launcher.</summary>
        internal int Step;
    }

    /// <summary>Every variant; of several that are to choose, the first is chosen.</summary>
    public static IReadOnlyList<SequenceVariant> Variants { get; } =
    [
        new LanesVariant(),
        new SerialVariant(),
        new RowVariant(),
        new TileVariant(),
        new TensorVariant<SplitQuad, WideTile>(),
        new TensorVariant<Tf32Quad, WideTile>(),
        new TensorVariant<BFloat16Quad, WideTile>(),
        new TensorVariant<SplitQuad, NarrowTile>(),
        new TensorVariant<Tf32Quad, NarrowTile>(),
        new TensorVariant<BFloat16Quad, NarrowTile>(),
        new StepVariant(),
    ];

    /// <summary>The variant that is fastest on a device.</summary>
    /// <param name="device">Where.</param>
    /// <param name="rows">Rows of a batch B.</param>
    /// <param name="hiddenSize">Hidden units H.</param>
    /// <param name="precision">
    /// Of the product, where it is large enough for tensor cores; other than full, the device must have them.
    /// </param>
    public static SequenceVariant VariantFor(
        ComputeDevice device, int rows, int hiddenSize, Precision precision = Precision.Full) =>
        Variants.First(variant => variant.IsChosen(device, rows, hiddenSize, precision));

    /// <summary>Every variant that a device can run, fast or not.</summary>
    public static IEnumerable<SequenceVariant> VariantsOf(ComputeDevice device, int hiddenSize) =>
        Variants.Where(variant => variant.Supports(device, hiddenSize));

    /// <summary>The work of so many steps.</summary>
    internal static KernelWork Work(int rows, int steps, int hiddenSize, int elementsInUnit)
    {
        var units = (long)rows * steps * hiddenSize;
        return KernelWork.Of(elementsInUnit * units + 4L * hiddenSize * hiddenSize, 8 * units * hiddenSize);
    }

    /// <summary>What a unit's hidden state is multiplied with.</summary>
    /// <param name="factors">[B, H], or empty.</param>
    /// <param name="index">Which one.</param>
    /// <param name="exists">Whether there is such a unit.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float FactorOf(ArrayView<float> factors, int index, bool exists)
    {
        var factor = 1f;
        if (exists && factors.Length > 0)
            factor = factors[index];
        return factor;
    }

    // the table's gates in; gates and states out
    private static KernelWork Work(ForwardArguments a) => Work(a.Rows, a.Steps, a.HiddenSize, elementsInUnit: 10);

    // gates and cell state in, gradients out
    private static KernelWork Work(BackwardArguments a) => Work(a.Rows, a.Steps, a.HiddenSize, elementsInUnit: 9);
}
