using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>What a direction of an LSTM layer leaves of a batch, in the order in which it runs the steps.</summary>
/// <param name="Gates">[T, B, H]: activations forward, gradients backward.</param>
/// <param name="CellStates">[T, B, H].</param>
/// <param name="HiddenStates">[T, B, H].</param>
internal sealed record DeviceSequenceBuffers(
    ArrayView<UnitGates> Gates, ArrayView<float> CellStates, ArrayView<float> HiddenStates);
