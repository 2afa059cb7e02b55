using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// What the forward pass of a <see cref="RowLanesLayer{TLanes}"/> leaves for the backward pass, and its weights.
/// </summary>
/// <remarks>
/// "Register" is short for the <c>TLanes.Count</c> rows that stand side by side in one: register r holds the rows from
/// r * lanes on. What a register leaves lies together, step after step.
/// </remarks>
internal sealed unsafe class RowLanesStates<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>i, f, g, o.</summary>
    public const int Gates = 4;

    // Where no steps are kept, a step needs the one before.
    private const int TwoSteps = 2;

    private readonly PinnedBuffer gates; // [registers, T, H, 4, lanes]: before activation, then after
    private readonly PinnedBuffer cellStates; // [registers, T, H, lanes]
    private readonly PinnedBuffer hiddenStates; // [registers, T, H, lanes]
    private readonly PinnedBuffer zeros; // [H, lanes]
    private readonly PinnedBuffer factors; // [registers, H, lanes]
    private readonly PinnedBuffer weights; // W_hh as [H, H, 4]: unit, hidden state, gate
    private int steps; // that are kept
    private int* tableOffsets; // of the slots, whose array never moves
    private int[] stepsBeforePadding = []; // of the slots
    private nint stride;
    private int stepMask;

    /// <param name="hiddenSize">The number of hidden units H.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="keepsSteps">Whether there is room to keep the steps of a batch.</param>
    public RowLanesStates(int hiddenSize, EngineLimits limits, bool keepsSteps)
    {
        HiddenSize = hiddenSize;
        StateFloats = hiddenSize * TLanes.Count;
        Padded = Gemm<TLanes>.Padded(hiddenSize);
        MaxRegisters = RegistersOf(limits.MaxRows);
        var states = (long)MaxRegisters * (keepsSteps ? Math.Max(TwoSteps, limits.MaxSteps) : TwoSteps) * StateFloats;
        gates = new PinnedBuffer(Gates * states);
        cellStates = new PinnedBuffer(states);
        hiddenStates = new PinnedBuffer(states);
        zeros = new PinnedBuffer((long)hiddenSize * TLanes.Count);
        factors = new PinnedBuffer(keepsSteps ? (long)MaxRegisters * StateFloats : 0);
        weights = new PinnedBuffer((long)Gates * hiddenSize * hiddenSize);
    }

    /// <summary>Hidden units H.</summary>
    public int HiddenSize { get; }

    /// <summary>H in whole registers, as the layer above reads its input.</summary>
    public int Padded { get; }

    /// <summary>Registers of the largest batch.</summary>
    public int MaxRegisters { get; }

    /// <summary>The batch.</summary>
    public CpuBatch Batch { get; private set; } = null!;

    /// <summary>Where its steps find their rows of the table.</summary>
    public CpuSlots Slots { get; private set; } = null!;

    /// <summary>Registers that hold its rows.</summary>
    public int Registers { get; private set; }

    /// <summary>Floats of all units' states in a register, H times lanes.</summary>
    public int StateFloats { get; }

    /// <summary>Whether hidden states are multiplied with factors, 0 or <see cref="KeptFactor"/>.</summary>
    public bool HasFactors { get; private set; }

    /// <summary>The factor that is not 0; 1 where there are none.</summary>
    public float KeptFactor { get; private set; }

    /// <summary>The states before the first step [H, lanes].</summary>
    public float* Zeros => zeros.Pointer;

    /// <summary>W_hh as [H, H, 4]: unit, hidden state, gate.</summary>
    public float* Weights => weights.Pointer;

    /// <summary>Begins a forward pass.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="slots">Where its steps find their rows of the table.</param>
    /// <param name="recurrentWeights"><c>lstm.weight_hh_l0</c> or another [4H, H].</param>
    /// <param name="keep">Whether gates and states of all steps are kept, or those of two steps only.</param>
    /// <param name="factors">Of the hidden states; null for none.</param>
    public void Begin(
        CpuBatch batch, CpuSlots slots, ReadOnlySpan<float> recurrentWeights, bool keep, StateFactors? factors)
    {
        (Batch, Slots) = (batch, slots);
        tableOffsets = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(slots.TableOffsets));
        (stepsBeforePadding, stride) = (slots.StepsBeforePadding, batch.Stride);
        steps = keep ? batch.Steps : TwoSteps;
        stepMask = keep ? -1 : TwoSteps - 1;
        Registers = RegistersOf(batch.Rows);
        TakeFactors(factors);
        for (var unit = 0; unit < HiddenSize; unit++)
        {
            for (var k = 0; k < HiddenSize; k++)
            {
                for (var gate = 0; gate < Gates; gate++)
                {
                    weights.Pointer[(unit * HiddenSize + k) * Gates + gate] = recurrentWeights[
                        (gate * HiddenSize + unit) * HiddenSize + k];
                }
            }
        }
    }

    private void TakeFactors(StateFactors? given)
    {
        HasFactors = given is not null;
        KeptFactor = given?.Kept ?? 1;
        for (var row = 0; row < Batch.Rows && HasFactors; row++)
        {
            for (var unit = 0; unit < HiddenSize; unit++)
            {
                factors.Pointer[row / TLanes.Count * StateFloats + unit * TLanes.Count + row % TLanes.Count] =
                    given!.Value.Values.Span[row * Padded + unit];
            }
        }
    }

    /// <summary>Multiplies a register's states, or their gradients, with their factors [H, lanes].</summary>
    public void MultiplyByFactors(int register, float* values)
    {
        var factor = factors.Pointer + register * StateFloats;
        for (var n = 0; n < StateFloats; n += TLanes.Count)
            TLanes.Store(TLanes.Load(values + n) * TLanes.Load(factor + n), values + n);
    }

    /// <summary>The gates of a register and step [H, 4, lanes].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* GatesOf(int t, int register) => gates.Pointer + Gates * Offset(t, register);

    /// <summary>The cell states of a register after a step [H, lanes].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Cells(int t, int register) => cellStates.Pointer + Offset(t, register);

    /// <summary>The hidden states of a register after a step [H, lanes].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Hidden(int t, int register) => hiddenStates.Pointer + Offset(t, register);

    /// <summary>Steps that a register runs: those of its longest row, which is its first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Steps(int register) => Batch.Lengths[register * TLanes.Count];

    /// <summary>Whether a row of a register may end with a step: its shortest has, now or before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Ends(int register, int t) => Batch.Lengths[Math.Min((register + 1) * TLanes.Count, Batch.Rows) - 1] <= t + 1;

    /// <summary>Steps in which not all of a register's rows are in their padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TokenSteps(int register) => stepsBeforePadding[register * TLanes.Count];

    /// <summary>
    /// Where the rows of a register find their rows of the gate table at a step: that of lane n stands n times the batch's stride
    /// further.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int* TableOffsets(int t, int register) => tableOffsets + register * TLanes.Count * stride + t;

    private static int RegistersOf(int rows) => (rows + TLanes.Count - 1) / TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint Offset(int t, int register) => ((nint)register * steps + (t & stepMask)) * StateFloats;
}
