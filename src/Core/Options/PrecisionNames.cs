using GpuLstm.Kernels.TensorCores;

namespace GpuLstm.Options;

/// <summary>What precisions are called on the command line and in files.</summary>
public static class PrecisionNames
{
    /// <summary>Every precision by its name, full precision first.</summary>
    public static IReadOnlyDictionary<string, Precision> All { get; } = new Dictionary<string, Precision>(
        StringComparer.OrdinalIgnoreCase)
    {
        ["float32"] = Precision.Full,
        ["tf32"] = Precision.Tf32,
        ["bf16"] = Precision.BFloat16,
    };

    /// <summary>A precision's name.</summary>
    public static string Of(Precision precision) => All.First(entry => entry.Value == precision).Key;
}
