using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>All steps forward of a <see cref="RowLanesLayer{TLanes}"/>; threads share the registers of rows.</summary>
internal sealed unsafe class RowLanesForward<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Gates = RowLanesStates<TLanes>.Gates;

    // Units of a register that a thread wants: with fewer it mostly waits for gates before it can begin the next step.
    private const int FewestUnits = 2;

    private readonly RowLanesStates<TLanes> states;
    private readonly WorkerPool pool;
    private readonly PinnedBuffer lastHidden; // [registers, H, lanes]
    private readonly Action<int, int> forwardPart;
    private float* table;
    private float* output;

    public RowLanesForward(RowLanesStates<TLanes> states, WorkerPool pool)
    {
        this.states = states;
        this.pool = pool;
        lastHidden = new PinnedBuffer((long)states.MaxRegisters * states.HiddenSize * TLanes.Count);
        forwardPart = ForwardPart;
    }

    /// <summary>Runs all steps of the batch.</summary>
    /// <param name="table">The gate table [U, width], a unit's four gates side by side.</param>
    /// <param name="lastHidden">Each row's last hidden state, written [B, H]; 0 for a row without steps.</param>
    /// <param name="output">Each position's hidden state, written [positions, H in whole registers]; null for none.</param>
    public void Run(float* table, Span<float> lastHidden, float* output)
    {
        this.table = table;
        this.output = output;
        this.lastHidden.Span.Clear();
        pool.Run(forwardPart, Math.Min(states.Registers, states.Registers * states.HiddenSize / FewestUnits));
        for (var row = 0; row < states.Batch.Rows; row++)
        {
            for (var unit = 0; unit < states.HiddenSize; unit++)
                lastHidden[row * states.HiddenSize + unit] = *LastHidden(row, unit);
        }
    }

    private float* LastHidden(int row, int unit) =>
        lastHidden.Pointer + (row / TLanes.Count * states.HiddenSize + unit) * TLanes.Count + row % TLanes.Count;

    /// <summary>A share of the registers, through all steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(states.Registers, part, parts);
        var (hasOutput, hasFactors) = (output != null, states.HasFactors);
        for (var t = 0; t < states.Batch.Steps; t++)
        {
            // Rows are in descending order of length: those that still run are the first ones.
            while (end > first && states.Steps(end - 1) <= t)
                end--;
            for (var register = first; register < end; register++)
            {
                LookUpInputs(t, register);
                ActivateGates(
                    states.GatesOf(t, register),
                    states.Cells(t, register),
                    t > 0 ? states.Cells(t - 1, register) : states.Zeros,
                    t > 0 ? states.Hidden(t - 1, register) : states.Zeros,
                    states.Weights,
                    states.HiddenSize);
            }

            // A loop of its own: one after the other, the two exponentials of a unit would be a long chain to wait for.
            for (var register = first; register < end; register++)
            {
                UpdateHidden(
                    states.GatesOf(t, register), states.Cells(t, register), states.Hidden(t, register), states.StateFloats);
                if (hasFactors)
                    states.MultiplyByFactors(register, states.Hidden(t, register));
                if (states.Ends(register, t))
                    KeepLastStates(t, register);
                if (hasOutput)
                    WriteOutput(t, register);
            }
        }
    }

    /// <summary>The input half of a register's gates, from the table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LookUpInputs(int t, int register)
    {
        var gates = states.GatesOf(t, register);
        var hiddenSize = states.HiddenSize;
        if (t >= states.TokenSteps(register))
        {
            var padding = table + states.Slots.PaddingOffset;
            for (var n = 0; n < Gates * hiddenSize; n++)
                TLanes.Store(TLanes.Broadcast(padding[n]), gates + n * TLanes.Count);
            return;
        }

        float* source = table;
        int* offsets = states.TableOffsets(t, register);
        nint stride = states.Batch.Stride;
        for (var unit = 0; unit < hiddenSize; unit++, gates += Gates * TLanes.Count)
        {
            var (i, f, g, o) = TLanes.LoadFours(source + Gates * unit, offsets, stride);
            TLanes.Store(i, gates);
            TLanes.Store(f, gates + TLanes.Count);
            TLanes.Store(g, gates + 2 * TLanes.Count);
            TLanes.Store(o, gates + 3 * TLanes.Count);
        }
    }

    /// <summary>The first half of a register's step: the recurrent half of the gates, and the cell states.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ActivateGates(
        float* gates, float* cell, float* cellBefore, float* hiddenBefore, float* weight, int hiddenSize)
    {
        var lanes = TLanes.Count;
        for (var unit = 0; unit < hiddenSize; unit++, gates += Gates * lanes, cell += lanes, cellBefore += lanes)
        {
            TLanes i = TLanes.Load(gates), f = TLanes.Load(gates + lanes), g = TLanes.Load(
                gates + 2 * lanes), o = TLanes.Load(gates + 3 * lanes);
            for (var k = 0; k < hiddenSize; k++, weight += Gates)
            {
                var previous = TLanes.Load(hiddenBefore + k * lanes);
                i = TLanes.MultiplyAdd(TLanes.Broadcast(weight[0]), previous, i);
                f = TLanes.MultiplyAdd(TLanes.Broadcast(weight[1]), previous, f);
                g = TLanes.MultiplyAdd(TLanes.Broadcast(weight[2]), previous, g);
                o = TLanes.MultiplyAdd(TLanes.Broadcast(weight[3]), previous, o);
            }

            i = VectorMath<TLanes>.Sigmoid(i);
            f = VectorMath<TLanes>.Sigmoid(f);
            g = VectorMath<TLanes>.Tanh(g);
            o = VectorMath<TLanes>.Sigmoid(o);
            TLanes.Store(TLanes.MultiplyAdd(f, TLanes.Load(cellBefore), i * g), cell);
            TLanes.Store(i, gates);
            TLanes.Store(f, gates + lanes);
            TLanes.Store(g, gates + 2 * lanes);
            TLanes.Store(o, gates + 3 * lanes);
        }
    }

    /// <summary>The second half: h = o tanh(c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UpdateHidden(float* gates, float* cell, float* hidden, int floats)
    {
        gates += 3 * TLanes.Count;
        for (var n = 0; n < floats; n += TLanes.Count)
            TLanes.Store(TLanes.Load(gates + Gates * n) * VectorMath<TLanes>.Tanh(TLanes.Load(cell + n)), hidden + n);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteOutput(int t, int register)
    {
        var (firstRow, batch) = (register * TLanes.Count, states.Batch);
        var hidden = states.Hidden(t, register);
        var endRow = Math.Min(firstRow + TLanes.Count, batch.Running(t));
        for (var row = firstRow; row < endRow; row++)
        {
            var target = output + (nint)states.Slots.PositionOf(batch, row, t) * states.Padded;
            for (var unit = 0; unit < states.HiddenSize; unit++)
                target[unit] = hidden[unit * TLanes.Count + row - firstRow];
        }
    }

    /// <summary>Rows that end with step t are the last of those still running.</summary>
    private void KeepLastStates(int t, int register)
    {
        var (firstRow, lengths) = (register * TLanes.Count, states.Batch.Lengths);
        for (var row = Math.Min(firstRow + TLanes.Count, states.Batch.Rows) - 1; row >= firstRow && lengths[row] <= t + 1; row--)
        {
            if (lengths[row] <= t)
                continue;
            for (var unit = 0; unit < states.HiddenSize; unit++)
                *LastHidden(row, unit) = states.Hidden(t, register)[unit * TLanes.Count + row - firstRow];
        }
    }
}
