using System.Text.Json.Serialization;

namespace GpuLstm.Kernels.TensorCores;

/// <summary>
/// How the large products' operands are rounded: the recurrent product of layers too wide for the registers of a multiprocessor
/// (128 units), the recurrent weights' gradient (from 64 units), and above the first layer the products with its inputs (from 64
/// of these). Sums, weights, states and all else are float32 in any case.
/// </summary>
public enum Precision
{
    /// <summary>Not at all: float32, on tensor cores too (<see cref="SplitQuad"/>).</summary>
    [JsonStringEnumMemberName("float32")]
    Full,

    /// <summary>To 10 bits of fraction, on tensor cores.</summary>
    Tf32,

    /// <summary>To bfloat16's 7 bits of fraction, on tensor cores.</summary>
    [JsonStringEnumMemberName("bf16")]
    BFloat16,
}
