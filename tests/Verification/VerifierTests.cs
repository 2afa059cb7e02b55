using System.Text.Json;
using GpuLstm.Engines;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>Every kernel and the whole model against the reference, on every accelerator that is there.</summary>
public sealed class VerifierTests(ITestOutputHelper output)
{
    public static TheoryData<AcceleratorChoice> Accelerators => TestDevices.All;

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Holds_to_the_reference(AcceleratorChoice accelerator)
    {
        TestDevices.SkipIfAbsent(accelerator);
        var results = Verifier.Run(accelerator, TestRandom.Create(output).Next(), CancellationToken.None).ToList();
        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
    }

    [Fact]
    public void An_infinite_error_can_be_written_as_json() =>
        Assert.Contains("Infinity", JsonSerializer.Serialize(new VerificationResult("", "", "", "", double.PositiveInfinity, 1, 1), JsonText.Indented), StringComparison.Ordinal);

    [Fact]
    public void Tells_of_every_case()
    {
        var cases = 0;
        _ = Verifier.Run(AcceleratorChoice.Simulator, 1, CancellationToken.None, () => cases++).Count();
        Assert.Equal(Verifier.CaseCount(AcceleratorChoice.Simulator), cases);
    }

    [Fact]
    public void Sees_wrong_missing_and_nonzero_values()
    {
        Assert.True(Compare([1f, -2f], [1, -2]).Passed);
        Assert.False(Compare([1f, -2.1f], [1, -2]).Passed);
        Assert.False(Compare([float.NaN, -2f], [1, -2]).Passed);
        Assert.False(Compare([1e-30f], [0]).Passed);
        Assert.True(Compare([0f], [0]).Passed);

        static VerificationResult Compare(float[] actual, double[] expected) =>
            VerificationResult.Compare("device", "operation", "tensor", "shape", actual, expected, 1e-6);
    }
}
