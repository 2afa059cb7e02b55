using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

public static partial class LstmSequence
{
    /// <summary>The kernels of <c>LstmSequence.Tensor.cs</c>, for one kind of operands and one of tiles.</summary>
    private sealed class TensorVariant<TQuad, TTile> : SequenceVariant
        where TQuad : unmanaged, IOperandQuad<TQuad>
        where TTile : unmanaged, ITensorTile
    {
        public override string Name => $"Tensor{default(TQuad).Name}{(IsWide ? "Wide" : "")}";

        public override Precision Precision => default(TQuad).Precision;

        public override bool UsesTensorCores => true;

        public override bool IsLaunchAStep => true;

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            new(TensorWeightsForwardKernel<TQuad>, ComputeDevice.LargestGroup),
            new(TensorForwardKernel<TQuad, TTile>, StepGroupSize),
            new(TensorWeightsBackwardKernel<TQuad>, ComputeDevice.LargestGroup),
            new(TensorBackwardKernel<TQuad, TTile, AtLastStep>, StepGroupSize),
            new(TensorBackwardKernel<TQuad, TTile, AtEveryStep>, StepGroupSize),
        ];

        private static bool IsWide => default(TTile).UnitWarps > 1;

        /// <summary>Wide tiles must fill the hidden units without a rest.</summary>
        public override bool Supports(ComputeDevice device, int hiddenSize) =>
            device.Info.HasTensorCores && (!IsWide || TensorTile.Filled(hiddenSize) % 32 == 0);

        internal override bool IsChosen(ComputeDevice device, int rows, int hiddenSize, Precision precision) =>
            Supports(device, hiddenSize) && precision == Precision && (!IsWide || FillsDevice(device, rows, hiddenSize));

        public override int Launches(int steps) => steps + 1; // the weights are laid out before

        /// <summary>The weights, and the gates' gradients of two steps.</summary>
        public override long ScratchLength(int rows, int hiddenSize)
        {
            var filledRows = Tiles(rows, TensorTile.WidestRows) * TensorTile.WidestRows;
            return default(TQuad).Length * (Weights(hiddenSize) + 2L * filledRows * TensorTile.Filled(hiddenSize));
        }

        public override void Forward(ComputeDevice device, ForwardArguments arguments)
        {
            device.LaunchElementwise(
                TensorWeightsForwardKernel<TQuad>, arguments, Weights(arguments.HiddenSize), WeightsWork(arguments.HiddenSize));
            var groups = Groups(arguments.HiddenSize, arguments.Rows, TensorTile.Units);
            for (arguments.Step = 0; arguments.Step < arguments.Steps; arguments.Step++)
            {
                device.Launch(
                    TensorForwardKernel<TQuad, TTile>, arguments, groups, new Index3D(StepGroupSize, 1, 1), StepWork(arguments));
            }
        }

        internal override void Backward<TIncoming>(ComputeDevice device, BackwardArguments arguments)
        {
            device.LaunchElementwise(
                TensorWeightsBackwardKernel<TQuad>, arguments, Weights(arguments.HiddenSize), WeightsWork(arguments.HiddenSize));
            var groups = Groups(arguments.HiddenSize, arguments.Rows, TensorTile.Units * default(TTile).UnitTilesBack);
            for (arguments.Step = arguments.Steps - 1; arguments.Step >= 0; arguments.Step--)
            {
                device.Launch(
                    TensorBackwardKernel<TQuad, TTile, TIncoming>, arguments, groups, new Index3D(StepGroupSize, 1, 1),
                    StepWork(arguments));
            }
        }

        /// <summary>Quads of weights.</summary>
        private static int Weights(int hiddenSize) => TensorTile.Filled(hiddenSize) * TensorTile.Filled(hiddenSize);

        private static KernelWork WeightsWork(int hiddenSize) => KernelWork.Of(8L * Weights(hiddenSize));

        private static Index3D Groups(int hiddenSize, int rows, int unitsInWarp) => new(
            TensorTile.Filled(hiddenSize) / (default(TTile).UnitWarps * unitsInWarp),
            Tiles(rows, default(TTile).RowWarps * TensorTile.Rows), 1);

        /// <summary>
        /// Whether there are enough tiles for two of five multiprocessors at least: with fewer, narrow ones read more but are
        /// done sooner.
        /// </summary>
        private static bool FillsDevice(ComputeDevice device, int rows, int hiddenSize) =>
            5L * rows * hiddenSize
                >= 2L * device.Info.Multiprocessors * TensorTile.WidestRows * default(TTile).UnitWarps * TensorTile.Units;
    }
}
