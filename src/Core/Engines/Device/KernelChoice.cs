using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;

namespace GpuLstm.Engines.Device;

/// <summary>The kernel variants that a training step takes, where it has a choice.</summary>
/// <param name="Sequence">All steps of the layer.</param>
/// <param name="RecurrentWeights">The recurrent weights' gradient.</param>
/// <param name="FirstLayer">The first layer's gate table.</param>
/// <param name="Above">That of the layers above.</param>
internal sealed record KernelChoice(
    SequenceVariant Sequence, WeightGradientVariant RecurrentWeights, GateTableChoice FirstLayer, GateTableChoice Above)
{
    /// <summary>Of a layer's gate table.</summary>
    public GateTableChoice GateTableOf(int layer) => layer == 0 ? FirstLayer : Above;

    /// <summary>The fastest for a model on a device, in batches of <paramref name="rows"/> rows.</summary>
    /// <exception cref="UserErrorException">
    /// The precision needs tensor cores, which the device lacks, or the model has nothing for them.
    /// </exception>
    public static KernelChoice For(ComputeDevice device, ModelOptions options, int rows, Precision precision)
    {
        if (precision != Precision.Full && !device.Info.HasTensorCores)
            throw NoTensorCores(device.Info.Name);
        CheckPrecision(precision, options);
        var hidden = options.HiddenSize;
        return new KernelChoice(
            LstmSequence.VariantFor(device, rows, hidden, precision),
            WeightGradient.VariantFor(device, hidden, hidden, precision),
            options.HasFeatures
                ? Dense(options.InputSize)
                : new(GateTable.VariantForTokens(device), WeightGradient.VariantFor(device, hidden, options.EmbeddingSize + 1)),
            Dense(options.Features));

        GateTableChoice Dense(int inputs) => new(
            GateTable.VariantFor(device, hidden, inputs, precision),
            WeightGradient.VariantFor(device, hidden, inputs + 1, precision));
    }

    /// <summary>Rejects a precision that would change nothing.</summary>
    /// <exception cref="UserErrorException">No product of so few hidden units runs on tensor cores.</exception>
    public static void CheckPrecision(Precision precision, ModelOptions options)
    {
        var columns = options.Layers > 1 ? options.Features : options.HiddenSize;
        var inputs = options.HasFeatures && options.HiddenSize >= GateTable.MinUnitsForTensorCores ? options.InputSize : 0;
        if (precision != Precision.Full && Math.Max(columns, inputs) < WeightGradient.MinColumnsForTensorCores)
        {
            var least = WeightGradient.MinColumnsForTensorCores / (columns / options.HiddenSize);
            throw new UserErrorException(
                $"{Setting.Precision} {PrecisionNames.Of(precision)} is for {least} hidden units and more: "
                + $"with {options.HiddenSize} no product is large enough for tensor cores; use float32, which is as fast there");
        }
    }

    /// <summary>What a user hears who asks for a precision that a device does not have.</summary>
    public static UserErrorException NoTensorCores(string device) => new(
        $"{device} has no tensor cores for tf32 and bf16 (CUDA devices of compute capability 8.0 and later have); "
        + $"use {Setting.Precision} float32 or another {Setting.Accelerator}");
}

/// <summary>The kernel variants of a layer's gate table.</summary>
/// <param name="Gates">Forward, and the inputs' gradient.</param>
/// <param name="Weights">The weights' gradient.</param>
internal sealed record GateTableChoice(GateTableVariant Gates, WeightGradientVariant Weights);
