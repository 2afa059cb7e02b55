using GpuLstm.Kernels.Loading;

namespace GpuLstm.Kernels.Operations;

/// <summary>Every kernel that a launcher can choose, in every specialisation: what the tests of the kernels' code go through.</summary>
internal static class KernelCatalog
{
    /// <summary>All of them, each once.</summary>
    public static IReadOnlyList<KernelInstance> All { get; } =
    [
        .. BatchPlan.Kernels
            .Concat(GateTable.Kernels)
            .Concat(LstmSequence.Variants.SelectMany(variant => variant.Kernels))
            .Concat(ClassifierHead.Kernels)
            .Concat(WeightGradient.Kernels)
            .Concat(EmbeddingLookup.Kernels)
            .Concat(OneUnitStep.Kernels)
            .Concat(Adam.Kernels)
            .Concat(LstmCell.Kernels)
            .DistinctBy(kernel => kernel.Method),
    ];
}
