using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary><see cref="WeightAverage"/> on the processor, whatever the width of its registers.</summary>
internal interface ICpuWeightAverage
{
    /// <summary>Takes the parameters into the average.</summary>
    /// <param name="weight">See <see cref="WeightAverage.WeightOf"/>.</param>
    /// <param name="length">How many they are.</param>
    void Step(float weight, int length);
}

/// <summary>Makes one.</summary>
internal static class CpuWeightAverage
{
    /// <summary>On registers of a width.</summary>
    public static ICpuWeightAverage Create(
        RegisterWidth width, PinnedBuffer parameters, PinnedBuffer average, WorkerPool pool) => width switch
        {
            RegisterWidth.Sixteen => new CpuWeightAverage<Lanes16>(parameters, average, pool),
            RegisterWidth.Eight => new CpuWeightAverage<Lanes8>(parameters, average, pool),
            _ => new CpuWeightAverage<Lanes4>(parameters, average, pool),
        };
}

/// <summary>On registers of one width.</summary>
internal sealed unsafe class CpuWeightAverage<TLanes>(PinnedBuffer parameters, PinnedBuffer average, WorkerPool pool)
    : ElementwisePass<TLanes, float>(pool), ICpuWeightAverage
    where TLanes : unmanaged, ILanes<TLanes>
{
    public void Step(float weight, int length) => Run(weight, length);

    protected internal override void Update(int first, int end, float weight)
    {
        var weights = TLanes.Broadcast(weight);
        for (var n = first; n < end; n += TLanes.Count)
        {
            var (parameter, old) = (TLanes.Load(parameters.Pointer + n), TLanes.Load(average.Pointer + n));
            TLanes.Store(
                weight < 1 ? TLanes.MultiplyAdd(weights, parameter - old, old) : parameter, average.Pointer + n);
        }
    }
}
