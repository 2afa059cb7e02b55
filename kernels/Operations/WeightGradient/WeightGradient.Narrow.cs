using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product where it has few elements: tiles would leave most of a warp idle. A group of 256 threads has as many parts of
// positions as there is room for beside the units and columns; each thread adds up its part's positions for one unit and one
// column, and the parts' sums are added up by halves.
public static partial class WeightGradient
{
    private const int NarrowGroupSize = 256;
    private const int MaxNarrowElements = 128; // units by columns
    private const int PositionsInPart = 8;

    /// <summary>A group writes one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void NarrowSliceKernel<TTarget>(Arguments a)
        where TTarget : unmanaged, ITarget
    {
        var target = default(TTarget);
        var sums = SharedMemory.Allocate<Quad>(NarrowGroupSize); // [parts, units, columns]
        var columns = target.Columns(a);
        var elements = a.HiddenSize * columns;
        var parts = NarrowGroupSize / elements;
        var (element, part) = (Group.IdxX % elements, Group.IdxX / elements);
        var (unit, column) = (element / columns, element % columns);
        var begin = Grid.IdxZ * a.PositionsInSlice;
        var end = begin + a.PositionsInSlice;
        var positions = target.Positions(a);
        end = end < positions ? end : positions;

        Quad sum = default;
        if (part < parts)
        {
            for (var p = begin + part; p < end; p += parts)
            {
                var input = column < a.InputSize ? a.Inputs[target.FirstInput(a, p) + column] : 1f;
                sum.AddProduct(Quad.Of(a.GateGradients[p * a.HiddenSize + unit]), input);
            }
        }

        sum = ColumnSum.Of(sums, sum, elements, parts);
        if (part == 0)
            Store(a, unit, column, columns, sum);
    }

    private sealed class NarrowVariant : WeightGradientVariant
    {
        public override string Name => "Narrow";

        public override bool Supports(ComputeDevice device, int hiddenSize, int columns) =>
            hiddenSize * columns <= MaxNarrowElements && device.Fits(NarrowGroupSize, 0, 0);

        /// <summary>Slices in which each part has <see cref="PositionsInPart"/> positions.</summary>
        internal override int SliceCount(ComputeDevice device, int positions, int hiddenSize, int columns) =>
            Math.Clamp(positions / (NarrowGroupSize / (hiddenSize * columns) * PositionsInPart), 1, Groups);

        internal override Index2D Tiles(ComputeDevice device, int hiddenSize, int columns) => new(1, 1);

        internal override void LaunchSlices<TTarget>(
            ComputeDevice device, Arguments arguments, Index3D groups, KernelWork work) =>
            device.Launch(NarrowSliceKernel<TTarget>, arguments, groups, new Index3D(NarrowGroupSize, 1, 1), work);

        internal override IEnumerable<KernelInstance> Kernels<TTarget>() => [new(NarrowSliceKernel<TTarget>, NarrowGroupSize)];
    }
}
