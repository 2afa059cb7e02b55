using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product where it has few elements: tiles would leave most of a warp idle. A group of 256 threads has as many lanes of positions as
// there is room for beside the units and columns; each thread adds up its lane's positions for one unit and one column, and
// the lanes' sums are added up by halves.
public static partial class WeightGradient
{
    private const int NarrowGroupSize = 256;
    private const int MostNarrowElements = 128; // units by columns
    private const int PositionsInLane = 8;

    /// <summary>A group writes one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void NarrowSliceKernel<TTarget>(Arguments a)
        where TTarget : unmanaged, ITarget
    {
        var target = default(TTarget);
        var sums = SharedMemory.Allocate<Quad>(NarrowGroupSize); // [lanes, units, columns]
        var columns = target.Columns(a);
        var elements = a.HiddenSize * columns;
        var lanes = NarrowGroupSize / elements;
        var (element, lane) = (Group.IdxX % elements, Group.IdxX / elements);
        var (unit, column) = (element / columns, element % columns);
        var begin = Grid.IdxZ * a.PositionsInSlice;
        var end = begin + a.PositionsInSlice;
        var positions = target.Positions(a);
        end = end < positions ? end : positions;

        Quad sum = default;
        if (lane < lanes)
        {
            for (var p = begin + lane; p < end; p += lanes)
            {
                var input = column < a.InputSize ? a.Inputs[target.FirstInput(a, p) + column] : 1f;
                sum.AddProduct(Quad.Of(a.GateGradients[p * a.HiddenSize + unit]), input);
            }
        }

        sum = LaneSum.Of(sums, sum, elements, lanes);
        if (lane == 0)
            Store(a, unit, column, columns, sum);
    }

    /// <summary>Slices in which each lane has <see cref="PositionsInLane"/> positions.</summary>
    private static int NarrowSlices(int positions, int elements) => positions / (NarrowGroupSize / elements * PositionsInLane);
}
