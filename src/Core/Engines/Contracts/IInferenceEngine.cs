using GpuLstm.Data;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Contracts;

/// <summary>
/// Holds a model's parameters where the arithmetic happens, and evaluates batches there. Same parameters, same batches, same
/// device: the same bits. Not thread-safe.
/// </summary>
/// <remarks>
/// A batch may have at most the rows and steps that the engine was made for. Every method throws
/// <see cref="Kernels.Devices.DeviceException"/> when the device fails.
/// </remarks>
public interface IInferenceEngine : IDisposable
{
    /// <summary>The accelerator's name: cuda, opencl, cpu or simulator.</summary>
    string Accelerator { get; }

    /// <summary>The device's own name.</summary>
    string Device { get; }

    /// <summary>Where each parameter is in the flat buffers of this interface.</summary>
    ParameterLayout Layout { get; }

    /// <summary>Replaces all parameters [<see cref="ParameterLayout.Length"/>].</summary>
    void SetParameters(ReadOnlySpan<float> parameters);

    /// <summary>Takes rows to where the arithmetic happens, once: from then on a step needs nothing from the host.</summary>
    /// <param name="rows">Their tokens must be in the vocabulary.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    IEngineBatches Load(TokenMatrix rows, int batchSize);

    /// <summary>
    /// Forward only, over all batches: the logits of each row [N, L] in their order, and the totals against the labels.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; looked at between batches.</exception>
    BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation);
}
