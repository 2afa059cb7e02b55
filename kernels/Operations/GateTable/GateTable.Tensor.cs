using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The products on tensor cores, see TensorTiledProduct.
public static partial class GateTable
{
    /// <summary>A group writes 16 units of 128 slots.</summary>
    [DeviceKernel]
    internal static void TensorForwardKernel<TQuad>(ForwardArguments a)
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var weights = SharedMemory.Allocate<Quad>(TensorTiledProduct.LeftLength);
        var inputs = SharedMemory.Allocate<float>(TensorTiledProduct.RightLength);
        TensorTiledProduct.Run<ForwardArguments, TableProduct, TQuad>(a, weights, inputs);
    }

    /// <summary>A group writes 64 columns of 128 slots.</summary>
    [DeviceKernel]
    internal static void TensorInputBackwardKernel<TDestination, TQuad>(BackwardArguments a)
        where TDestination : unmanaged, IDestination
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        var weights = SharedMemory.Allocate<Quad>(TensorTiledProduct.LeftLength);
        var gradients = SharedMemory.Allocate<float>(TensorTiledProduct.RightLength);
        TensorTiledProduct.Run<BackwardArguments, InputGradientProduct<TDestination>, TQuad>(a, weights, gradients);
    }

    private sealed class TensorVariant<TQuad> : GateTableVariant
        where TQuad : unmanaged, IOperandQuad<TQuad>
    {
        private static readonly Index3D Group = new(TensorTiledProduct.GroupSize, 1, 1);

        public override string Name => $"Tensor{default(TQuad).Name}";

        public override Precision Precision => default(TQuad).Precision;

        public override bool UsesTensorCores => true;

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(TensorForwardKernel<TQuad>, TensorTiledProduct.GroupSize),
            new(TensorInputBackwardKernel<Writes, TQuad>, TensorTiledProduct.GroupSize),
            new(TensorInputBackwardKernel<Adds, TQuad>, TensorTiledProduct.GroupSize),
        ];

        public override bool Supports(ComputeDevice device) => device.Info.HasTensorCores;

        internal override bool IsChosen(ComputeDevice device, int hiddenSize, int inputSize, Precision precision) =>
            Supports(device)
                && precision == Precision
                && hiddenSize >= MinUnitsForTensorCores
                && inputSize >= WeightGradient.MinColumnsForTensorCores;

        internal override void Forward(ComputeDevice device, ForwardArguments arguments, KernelWork work)
        {
            var tiles = TensorTiledProduct.Tiles(arguments.HiddenSize, arguments.Slots);
            device.Launch(TensorForwardKernel<TQuad>, arguments, new Index3D(tiles.X, tiles.Y, 1), Group, work);
        }

        internal override void Backward<TDestination>(ComputeDevice device, BackwardArguments arguments, KernelWork work)
        {
            var tiles = TensorTiledProduct.Tiles(QuadsOf(arguments.InputSize), arguments.Slots);
            device.Launch(
                TensorInputBackwardKernel<TDestination, TQuad>, arguments, new Index3D(tiles.X, tiles.Y, 1), Group, work);
        }
    }
}
