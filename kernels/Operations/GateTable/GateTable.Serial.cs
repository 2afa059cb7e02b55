using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The kernels for devices that are a processor (see LstmSequence.Processor.cs), in loops that its compiler makes vector
// instructions of: forward a thread has sixteen slots side by side, back one slot and sixteen columns of the inputs at a time.
public static partial class GateTable
{
    private const int Lanes = Vectors.Lanes;
    private const int InputsAtOnce = 32;

    /// <summary>A thread writes sixteen slots.</summary>
    [DeviceKernel]
    internal static void SerialForwardKernel(ForwardArguments a)
    {
        var inputs = LocalMemory.Allocate1D<float>(InputsAtOnce * Lanes); // [E, 16]
        var gates = LocalMemory.Allocate1D<float>(4 * Lanes);
        var strips = LocalMemory.Allocate1D<float>(4 * Lanes);
        var table = a.Table.Cast<float>();
        var (firstSlot, lanes, units) = (Grid.GlobalIndex.X * Lanes, Lanes * Group.DimX, a.HiddenSize);
        var slots = a.SlotCount[0] - firstSlot < Lanes ? a.SlotCount[0] - firstSlot : Lanes;
        if (slots <= 0)
            return;
        Vectors.Clear(inputs, 0, InputsAtOnce * lanes);
        Vectors.Clear(gates, 0, 4 * lanes);
        for (var first = 0; first < a.InputSize; first += InputsAtOnce)
        {
            var count = a.InputSize - first < InputsAtOnce ? a.InputSize - first : InputsAtOnce;
            for (var lane = 0; lane < slots; lane++)
            {
                var row = a.InputRows[firstSlot + lane] * a.InputSize + first;
                for (var e = 0; e < count; e++)
                    inputs[e * Lanes + lane] = a.Inputs[row + e];
            }

            for (var unit = 0; unit < units; unit++)
            {
                for (var lane = 0; lane < slots && first > 0; lane++)
                    Vectors.Copy(gates, 4 * lane, table, 4 * ((firstSlot + lane) * units + unit), 4);
                Vectors.Separate(strips, gates, lanes);
                for (var gate = 0; gate < 4; gate++)
                {
                    var row = gate * units + unit;
                    if (first == 0)
                        Vectors.Fill(strips, gate * Lanes, lanes, a.InputBias[row] + a.RecurrentBias[row]);
                    Vectors.AddProduct(
                        strips, gate * Lanes, lanes, inputs, 0, a.InputWeights, row * a.InputSize + first, count);
                }

                Vectors.Interleave(gates, strips, lanes);
                for (var lane = 0; lane < slots; lane++)
                    Vectors.Copy(table, 4 * ((firstSlot + lane) * units + unit), gates, 4 * lane, 4);
            }
        }
    }

    /// <summary>A thread writes the inputs' gradient of one slot.</summary>
    [DeviceKernel]
    internal static void SerialInputBackwardKernel<TDestination>(BackwardArguments a)
        where TDestination : unmanaged, IDestination
    {
        var strip = LocalMemory.Allocate1D<float>(Lanes);
        var slot = Grid.GlobalIndex.X;
        if (slot >= a.SlotCount[0])
            return;
        var target = a.InputRows[slot] * a.InputSize;
        for (var first = 0; first < a.InputSize; first += Lanes)
        {
            Vectors.Clear(strip, 0, Lanes * Group.DimX);
            if (a.InputSize - first >= Lanes)
            {
                AddUnits(a, strip, slot, first, Lanes * Group.DimX);
                Store<TDestination>(a.InputGradient, target + first, strip, Lanes * Group.DimX);
            }
            else
            {
                AddUnits(a, strip, slot, first, a.InputSize - first);
                Store<TDestination>(a.InputGradient, target + first, strip, a.InputSize - first);
            }
        }
    }

    private static void Store<TDestination>(ArrayView<float> target, int first, ArrayView<float> strip, int count)
        where TDestination : unmanaged, IDestination
    {
        if (default(TDestination).Adds)
            Vectors.Add(target, first, strip, 0, count);
        else
            Vectors.Copy(target, first, strip, 0, count);
    }

    private static void AddUnits(BackwardArguments a, ArrayView<float> strip, int slot, int firstColumn, int columns)
    {
        var gateStride = a.HiddenSize * a.InputSize;
        for (var unit = 0; unit < a.HiddenSize; unit++)
        {
            var gradient = a.TableGradient[slot * a.HiddenSize + unit];
            var weight = unit * a.InputSize + firstColumn;
            Vectors.AddFourRows(
                strip, 0, columns, a.InputWeights, weight, weight + gateStride, weight + 2 * gateStride, weight + 3 * gateStride,
                gradient.I, gradient.F, gradient.G, gradient.O);
        }
    }

    private sealed class SerialVariant : GateTableVariant
    {
        public override string Name => "Serial";

        public override bool Supports(ComputeDevice device) => device.RunsGroupsSerially;

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(SerialForwardKernel, GroupSize: 1, HasLocalMemory: true),
            new(SerialInputBackwardKernel<Writes>, GroupSize: 1, HasLocalMemory: true),
            new(SerialInputBackwardKernel<Adds>, GroupSize: 1, HasLocalMemory: true),
        ];

        internal override void Forward(ComputeDevice device, ForwardArguments arguments, KernelWork work) =>
            device.Launch(
                SerialForwardKernel, arguments, new Index3D((arguments.Slots + Lanes - 1) / Lanes, 1, 1), new Index3D(1, 1, 1),
                work);

        internal override void Backward<TDestination>(ComputeDevice device, BackwardArguments arguments, KernelWork work) =>
            device.Launch(
                SerialInputBackwardKernel<TDestination>, arguments, new Index3D(arguments.Slots, 1, 1), new Index3D(1, 1, 1),
                work);
    }
}
