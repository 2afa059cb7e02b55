using System.Runtime.CompilerServices;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Mean, maximum, or both side by side, of each hidden unit over the steps; threads share the rows. Sums run over the steps in
/// ascending order; of several largest values the first counts.
/// </summary>
internal sealed unsafe class CpuStepPooling<TLanes> : ICpuPooling
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ModelOptions options;
    private readonly WorkerPool pool;
    private readonly bool hasMean;
    private readonly bool hasMax;
    private readonly int padded;
    private readonly int width; // of a row: each direction in whole registers
    private readonly PinnedBuffer means; // [B, width]; on the way back their gradient
    private readonly PinnedBuffer maxima; // [B, width], likewise
    private readonly PinnedBuffer maxSteps; // [B, width]: the step of the maximum; whole numbers
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> backwardPart;
    private CpuBatch batch = null!;
    private PinnedBuffer[] states = [];

    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="pool">The threads.</param>
    public CpuStepPooling(ModelOptions options, EngineLimits limits, WorkerPool pool)
    {
        this.options = options;
        this.pool = pool;
        hasMean = options.Readout is Readout.Mean or Readout.MeanMax;
        hasMax = options.Readout is Readout.Max or Readout.MeanMax;
        padded = Gemm<TLanes>.Padded(options.HiddenSize);
        width = options.Directions * padded;
        means = new PinnedBuffer((long)limits.MaxRows * width);
        maxima = new PinnedBuffer((long)limits.MaxRows * width);
        maxSteps = new PinnedBuffer((long)limits.MaxRows * width);
        forwardPart = ForwardPart;
        backwardPart = BackwardPart;
    }

    public void Forward(ReadOnlySpan<float> parameters, CpuBatch batch, PinnedBuffer[] hidden, Span<float> pooled)
    {
        (this.batch, states) = (batch, hidden);
        pool.Run(forwardPart, batch.Rows);
        if (hasMean)
            CopyRows(means.Span, pooled, firstColumn: 0);
        if (hasMax)
            CopyRows(maxima.Span, pooled, options.HeadInputs - options.Features);
    }

    public void Backward(ReadOnlySpan<float> pooledGradient, PinnedBuffer[] hiddenGradients, Span<float> gradient)
    {
        states = hiddenGradients;
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var direction = 0; direction < options.Directions; direction++)
            {
                var target = row * width + direction * padded;
                var source = row * options.HeadInputs + direction * options.HiddenSize;
                if (hasMean)
                    pooledGradient.Slice(source, options.HiddenSize).CopyTo(means.Span[target..]);
                if (hasMax)
                {
                    pooledGradient.Slice(source + options.HeadInputs - options.Features, options.HiddenSize)
                        .CopyTo(maxima.Span[target..]);
                }
            }
        }

        pool.Run(backwardPart, batch.Rows);
    }

    /// <summary>A share of the rows; they are in descending order of length, and every so-manieth makes even shares.</summary>
    private void ForwardPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            for (var direction = 0; direction < states.Length; direction++)
            {
                for (var unit = 0; unit < padded; unit += TLanes.Count)
                {
                    PoolRegister(
                        states[direction].Pointer + (nint)row * batch.PositionStride * padded + unit, batch.Lengths[row],
                        row * width + direction * padded + unit);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PoolRegister(float* hidden, int steps, int target)
    {
        TLanes sum = TLanes.Zero, max = TLanes.Zero, maxStep = TLanes.Zero;
        if (steps > 0)
            sum = max = TLanes.Load(hidden);
        for (var t = 1; t < steps; t++)
        {
            var state = TLanes.Load(hidden + (nint)t * padded);
            sum += state;
            maxStep = TLanes.WhereGreater(state, max, TLanes.Broadcast(t), maxStep);
            max = TLanes.WhereGreater(state, max, state, max);
        }

        TLanes.Store(sum / TLanes.Broadcast(Math.Max(1, steps)), means.Pointer + target);
        TLanes.Store(max, maxima.Pointer + target);
        TLanes.Store(maxStep, maxSteps.Pointer + target);
    }

    private void BackwardPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            for (var direction = 0; direction < states.Length; direction++)
            {
                BackwardRow(
                    states[direction].Pointer + (nint)row * batch.PositionStride * padded, row, row * width + direction * padded);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardRow(float* ofHidden, int row, int source)
    {
        var steps = batch.Lengths[row];
        if (steps == 0)
            return;
        for (var unit = 0; unit < padded; unit += TLanes.Count)
        {
            var share = hasMean ? TLanes.Load(means.Pointer + source + unit) / TLanes.Broadcast(steps) : TLanes.Zero;
            for (var t = 0; t < steps; t++)
                TLanes.Store(share, ofHidden + (nint)t * padded + unit);
        }

        for (var unit = 0; unit < options.HiddenSize && hasMax; unit++)
            ofHidden[(nint)maxSteps.Pointer[source + unit] * padded + unit] += maxima.Pointer[source + unit];
    }

    // The rows of a buffer, of which each direction is in whole registers, without what fills these up.
    private void CopyRows(ReadOnlySpan<float> source, Span<float> target, int firstColumn)
    {
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var direction = 0; direction < options.Directions; direction++)
            {
                source.Slice(row * width + direction * padded, options.HiddenSize)
                    .CopyTo(target[(row * options.HeadInputs + firstColumn + direction * options.HiddenSize)..]);
            }
        }
    }
}
