using System.Numerics.Tensors;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Dropout on the processor, with the factors of the kernels (<see cref="Kernels.Operations.Dropout"/>). Where they are many,
/// they are drawn again on the way back.
/// </summary>
/// <param name="options">The model.</param>
/// <param name="padded">Hidden units in whole registers.</param>
/// <param name="pool">The threads.</param>
internal sealed unsafe class CpuDropout(ModelOptions options, int padded, WorkerPool pool)
{
    // Positions that are worth a thread.
    private const int PositionsForThread = 256;

    private readonly PinnedBuffer factors = new((long)pool.Count * PhiloxLanes.RoundUp(options.Features)); // of a thread's step
    private Action<int, int>? positionsPart;
    private CpuBatch batch = null!;
    private PinnedBuffer[] states = [];
    private DropoutMask mask;

    /// <summary>Multiplies the columns of a row.</summary>
    public static void Multiply(DropoutMask mask, int row, Span<float> values)
    {
        Span<float> some = stackalloc float[PhiloxLanes.Columns];
        for (var first = 0; first < values.Length; first += some.Length)
        {
            PhiloxLanes.Factors(mask, row, 0, first, some);
            var columns = values.Slice(first, Math.Min(some.Length, values.Length - first));
            TensorPrimitives.Multiply(columns, some[..columns.Length], columns);
        }
    }

    /// <summary>The factors of the columns of a row.</summary>
    public static void Factors(DropoutMask mask, int row, Span<float> factors)
    {
        factors.Fill(1);
        Multiply(mask, row, factors);
    }

    /// <summary>Multiplies what the head reads of a batch, or its gradient [B, R].</summary>
    public static void MultiplyRows(DropoutMask mask, CpuBatch batch, Span<float> rows)
    {
        var columns = rows.Length / batch.Rows;
        for (var row = 0; row < batch.Rows; row++)
            Multiply(mask, batch.Source[row], rows.Slice(row * columns, columns));
    }

    /// <summary>The factors of a direction's hidden units [B, padded]; those behind the last unit are 1.</summary>
    public void UnitFactors(DropoutMask mask, CpuBatch batch, PinnedBuffer target)
    {
        target.Span[..(batch.Rows * padded)].Fill(1);
        for (var row = 0; row < batch.Rows; row++)
            Factors(mask, batch.Source[row], target.Span.Slice(row * padded, options.HiddenSize));
    }

    /// <summary>Multiplies a layer's hidden states at every step, or their gradients.</summary>
    /// <param name="mask">The factors.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="states">Of each direction [positions, padded].</param>
    public void MultiplySteps(DropoutMask mask, CpuBatch batch, PinnedBuffer[] states)
    {
        (this.mask, this.batch, this.states) = (mask, batch, states);
        pool.Run(positionsPart ??= PositionsPart, batch.Rows * batch.Steps / PositionsForThread);
    }

    private void PositionsPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(batch.Rows, part, parts);
        var width = PhiloxLanes.RoundUp(options.Features);
        var ofStep = factors.Span.Slice(part * width, width);
        for (var row = first; row < end; row++)
        {
            for (var t = 0; t < batch.Lengths[row]; t++)
            {
                for (var column = 0; column < width; column += PhiloxLanes.Columns)
                    PhiloxLanes.Factors(mask, batch.Source[row], t, column, ofStep[column..]);
                for (var direction = 0; direction < options.Directions; direction++)
                {
                    var hidden = states[direction].Span.Slice(
                        (row * batch.PositionStride + t) * padded, options.HiddenSize);
                    TensorPrimitives.Multiply(
                        hidden, ofStep.Slice(direction * options.HiddenSize, options.HiddenSize), hidden);
                }
            }
        }
    }
}
