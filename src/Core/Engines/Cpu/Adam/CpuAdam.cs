using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>The <see cref="Adam"/> kernel's step on the processor; threads share the parameters.</summary>
internal sealed unsafe class CpuAdam<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Parameters whose step takes longer than waking a thread for it.
    private const int MinForThread = 1 << 14;

    private readonly WorkerPool pool;
    private readonly Action<int, int> stepPart;
    private readonly PinnedBuffer firstMoments;
    private readonly PinnedBuffer secondMoments;
    private readonly int registers;
    private float* parameters;
    private float* gradient;
    private Adam.StepFactors factors;

    /// <param name="count">How many parameters, a multiple of a register's floats.</param>
    /// <param name="pool">The threads.</param>
    public CpuAdam(int count, WorkerPool pool)
    {
        this.pool = pool;
        registers = count / TLanes.Count;
        firstMoments = new PinnedBuffer(count);
        secondMoments = new PinnedBuffer(count);
        stepPart = StepPart;
    }

    /// <summary>Forgets the moments.</summary>
    public void Reset()
    {
        firstMoments.Span.Clear();
        secondMoments.Span.Clear();
    }

    /// <summary>Updates parameters [parameters] along their gradient [parameters].</summary>
    public void Step(float* parameters, float* gradient, Adam.StepFactors factors)
    {
        this.parameters = parameters;
        this.gradient = gradient;
        this.factors = factors;
        pool.Run(stepPart, registers * TLanes.Count / MinForThread);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(registers, part, parts);
        var (beta1, oneMinusBeta1) = (TLanes.Broadcast(factors.Beta1), TLanes.Broadcast(factors.OneMinusBeta1));
        var (beta2, oneMinusBeta2) = (TLanes.Broadcast(factors.Beta2), TLanes.Broadcast(factors.OneMinusBeta2));
        var (stepSize, scale, epsilon) =
            (TLanes.Broadcast(factors.StepSize), TLanes.Broadcast(factors.SecondMomentScale), TLanes.Broadcast(factors.Epsilon));
        for (var n = first * TLanes.Count; n < end * TLanes.Count; n += TLanes.Count)
        {
            var slope = TLanes.Load(gradient + n);
            var moment = TLanes.MultiplyAdd(beta1, TLanes.Load(firstMoments.Pointer + n), oneMinusBeta1 * slope);
            var square = TLanes.MultiplyAdd(beta2, TLanes.Load(secondMoments.Pointer + n), oneMinusBeta2 * slope * slope);
            TLanes.Store(moment, firstMoments.Pointer + n);
            TLanes.Store(square, secondMoments.Pointer + n);
            var step = stepSize * moment / TLanes.MultiplyAdd(TLanes.Sqrt(square), scale, epsilon);
            TLanes.Store(TLanes.Load(parameters + n) - step, parameters + n);
        }
    }
}
