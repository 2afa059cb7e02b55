using GpuLstm.Kernels.Operations;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>The numbers of a loss on a device.</summary>
/// <param name="buffers">Where the class weights are kept.</param>
/// <param name="numbers">The numbers.</param>
internal sealed class DeviceLoss(DeviceBuffers buffers, LossNumbers numbers)
{
    private readonly ArrayView<float> classWeights =
        buffers.Upload<float>([.. numbers.ClassWeights.Select(weight => (float)weight)]);

    /// <summary>What a batch's rows weigh together.</summary>
    public double WeightOf(DeviceBatch batch) =>
        numbers.IsPlain ? batch.Rows : batch.Set.WeightOf(batch.Index, numbers.ClassWeights);

    /// <summary>What the head's kernels are given for a batch.</summary>
    public LossArguments ArgumentsOf(DeviceBatch batch) => LossArguments.Of(numbers, classWeights, WeightOf(batch));
}
