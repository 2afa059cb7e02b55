using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// A sum a thread: what few slots, few units or few inputs need.
public static partial class GateTable
{
    /// <summary>
    /// A thread writes one unit of one slot; the threads of a warp have different slots of one unit, so that they share its
    /// weights.
    /// </summary>
    [DeviceKernel]
    internal static void ForwardKernel(ForwardArguments a)
    {
        var index = Grid.GlobalIndex.X;
        var (unit, slot) = (index / a.Slots, index % a.Slots);
        if (unit < a.HiddenSize && slot < a.SlotCount[0])
            ForwardOf(a, slot, unit);
    }

    /// <summary>The gates of one unit of one slot; the thread writes them.</summary>
    internal static void ForwardOf(ForwardArguments a, int slot, int unit)
    {
        var inputRow = a.InputRows[slot] * a.InputSize;
        var (i, f, g, o) = (unit, a.HiddenSize + unit, 2 * a.HiddenSize + unit, 3 * a.HiddenSize + unit);
        var gates = new UnitGates
        {
            I = a.InputBias[i] + a.RecurrentBias[i],
            F = a.InputBias[f] + a.RecurrentBias[f],
            G = a.InputBias[g] + a.RecurrentBias[g],
            O = a.InputBias[o] + a.RecurrentBias[o],
        };
        for (var e = 0; e < a.InputSize; e++)
        {
            var input = a.Inputs[inputRow + e];
            gates.I += a.InputWeights[i * a.InputSize + e] * input;
            gates.F += a.InputWeights[f * a.InputSize + e] * input;
            gates.G += a.InputWeights[g * a.InputSize + e] * input;
            gates.O += a.InputWeights[o * a.InputSize + e] * input;
        }

        a.Table[slot * a.HiddenSize + unit] = gates;
    }

    /// <summary>A thread writes one (slot, column of the inputs); slots have rows of their own, so no two threads meet.</summary>
    [DeviceKernel]
    internal static void InputBackwardKernel<TDestination>(BackwardArguments a)
        where TDestination : unmanaged, IDestination
    {
        var index = Grid.GlobalIndex.X;
        if (index < a.SlotCount[0] * a.InputSize)
            InputBackwardOf<TDestination>(a, index / a.InputSize, index % a.InputSize);
    }

    /// <summary>One element of the inputs' gradient; the thread writes it.</summary>
    internal static void InputBackwardOf<TDestination>(BackwardArguments a, int slot, int column)
        where TDestination : unmanaged, IDestination
    {
        var gateStride = a.HiddenSize * a.InputSize;
        var sum = 0f;
        var weight = column; // added to, so that no division by which the column was found is done again for each unit
        for (var unit = 0; unit < a.HiddenSize; unit++)
        {
            var gradient = a.TableGradient[slot * a.HiddenSize + unit];
            sum += gradient.I * a.InputWeights[weight];
            sum += gradient.F * a.InputWeights[weight + gateStride];
            sum += gradient.G * a.InputWeights[weight + 2 * gateStride];
            sum += gradient.O * a.InputWeights[weight + 3 * gateStride];
            weight += a.InputSize;
        }

        StoreInputGradient<TDestination>(a, slot, column, sum);
    }

    private static void StoreInputGradient<TDestination>(BackwardArguments a, int slot, int column, float sum)
        where TDestination : unmanaged, IDestination
    {
        if (default(TDestination).Adds)
            a.InputGradient[a.InputRows[slot] * a.InputSize + column] += sum;
        else
            a.InputGradient[a.InputRows[slot] * a.InputSize + column] = sum;
    }

    private sealed class PlainVariant : GateTableVariant
    {
        public override string Name => "Plain";

        public override bool Supports(ComputeDevice device) => true;

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(ForwardKernel, ComputeDevice.LargestGroup),
            new(InputBackwardKernel<Writes>, ComputeDevice.LargestGroup),
            new(InputBackwardKernel<Adds>, ComputeDevice.LargestGroup),
        ];

        internal override void Forward(ComputeDevice device, ForwardArguments arguments, KernelWork work) =>
            device.LaunchElementwise(ForwardKernel, arguments, arguments.Slots * arguments.HiddenSize, work);

        internal override void Backward<TDestination>(ComputeDevice device, BackwardArguments arguments, KernelWork work) =>
            device.LaunchElementwise(
                InputBackwardKernel<TDestination>, arguments, arguments.Slots * arguments.InputSize, work);
    }
}
