using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product on tensor cores, see TensorTiledProduct.
public static partial class WeightGradient
{
    /// <summary>A group writes a tile of one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void TensorSliceKernel<TTarget, TQuad>(Arguments a)
        where TTarget : unmanaged, ITarget
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var gates = SharedMemory.Allocate<Quad>(TensorTiledProduct.LeftLength);
        var inputs = SharedMemory.Allocate<float>(TensorTiledProduct.RightLength);
        TensorTiledProduct.Run<Arguments, SliceSums<TTarget>, TQuad>(a, gates, inputs);
    }

    private sealed class TensorVariant<TQuad> : WeightGradientVariant
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        public override string Name => $"Tensor{default(TQuad).Name}";

        public override Precision Precision => default(TQuad).Precision;

        public override bool UsesTensorCores => true;

        public override bool Supports(ComputeDevice device, int hiddenSize, int columns) => device.Info.HasTensorCores;

        internal override bool IsChosen(ComputeDevice device, int hiddenSize, int columns, Precision precision) =>
            Supports(device, hiddenSize, columns)
                && precision == Precision
                && hiddenSize >= TensorTiledProduct.Quads
                && columns >= MinColumnsForTensorCores;

        internal override Index2D Tiles(ComputeDevice device, int hiddenSize, int columns) =>
            TensorTiledProduct.Tiles(hiddenSize, columns);

        internal override void LaunchSlices<TTarget>(
            ComputeDevice device, Arguments arguments, Index3D groups, KernelWork work) =>
            device.Launch(
                TensorSliceKernel<TTarget, TQuad>, arguments, groups, new Index3D(TensorTiledProduct.GroupSize, 1, 1), work);

        internal override IEnumerable<KernelInstance> Kernels<TTarget>() =>
            [new(TensorSliceKernel<TTarget, TQuad>, TensorTiledProduct.GroupSize)];
    }
}
