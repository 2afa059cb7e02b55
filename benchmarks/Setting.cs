using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Verification;

namespace GpuLstm.Benchmarks;

/// <summary>What is measured on what: batch 32, 200 steps, embedding 16, vocabulary 275, as in the article.</summary>
/// <param name="Accelerator">Where; null for the reference in double.</param>
/// <param name="HiddenSize">Hidden units H.</param>
public sealed record Setting(AcceleratorKind? Accelerator, int HiddenSize)
{
    /// <summary>Rows of a batch B.</summary>
    public const int Rows = 32;

    /// <summary>Steps T.</summary>
    public const int Steps = 200;

    /// <summary>The model.</summary>
    public ModelOptions Model => new(275, 16, HiddenSize, Steps, TextLengths.Padded);

    /// <summary>
    /// The reference and every accelerator of this machine, at the article's hidden size and a useful one; the simulator,
    /// whose time tells only how long a test takes, at the first alone.
    /// </summary>
    public static IEnumerable<Setting> All()
    {
        AcceleratorKind?[] accelerators = [null, .. Verifier.Available().Select(accelerator => (AcceleratorKind?)accelerator)];
        return
            from hiddenSize in (int[])[1, 64]
            from accelerator in accelerators
            where accelerator != AcceleratorKind.Simulator || hiddenSize == 1
            select new Setting(accelerator, hiddenSize);
    }

    public override string ToString() => $"H={HiddenSize} {Accelerator?.ToString().ToLowerInvariant() ?? "reference"}";
}
