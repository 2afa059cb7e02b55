using GpuLstm.Model;

namespace GpuLstm.Engines;

/// <summary>What an engine is made for.</summary>
/// <param name="MaxRows">The most rows of a batch.</param>
/// <param name="MaxSteps">The most steps of a batch.</param>
public sealed record EngineLimits(int MaxRows, int MaxSteps)
{
    /// <summary>Kernels number the elements of a buffer with 32 bits.</summary>
    /// <exception cref="UserErrorException">A buffer would have more elements than that.</exception>
    public void Check(ModelOptions options)
    {
        var activations = (long)MaxRows * MaxSteps * 4 * options.HiddenSize;
        if (activations > int.MaxValue)
        {
            throw new UserErrorException(
                $"batches of {MaxRows} rows, {MaxSteps} steps and {options.HiddenSize} hidden units hold {activations:N0} gate values, "
                + $"more than the {int.MaxValue:N0} that can be numbered; use a smaller --batch-size, --hidden or --max-length");
        }
    }
}
