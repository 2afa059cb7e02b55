using System.Text.Json;
using GpuLstm.Files;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Verification;
using GpuLstm.Verification.Comparison;
using ILGPU;
using ILGPU.Runtime;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>That the verification itself would see what is wrong.</summary>
public sealed class VerifierTests(ITestOutputHelper log)
{
    [Fact]
    public void Sees_wrong_missing_and_nonzero_values()
    {
        Assert.True(Compare([1f, -2f], [1, -2]).Passed);
        Assert.False(Compare([1f, -2.1f], [1, -2]).Passed);
        Assert.False(Compare([float.NaN, -2f], [1, -2]).Passed);
        Assert.False(Compare([1e-30f], [0]).Passed);
        Assert.True(Compare([0f], [0]).Passed);
        Assert.True(Compare([7f, 1f], [double.NaN, 1]).Passed); // nothing is written there

        static VerificationResult Compare(float[] actual, double[] expected) =>
            VerificationResult.Compare("device", "operation", "tensor", "shape", actual, expected, 1e-6);
    }

    [Fact]
    public void Sees_a_touched_guard_cell_and_a_changed_input()
    {
        using var device = DeviceCatalog.Open(AcceleratorKind.Simulator);
        using var input = new GuardedBuffer<float>(device, [1, 2, 3], readOnly: true);
        using var output = new GuardedBuffer<float>(device, [1, 2, 3], readOnly: false);
        input.View.SubView(1, 1).CopyFromCPU(device.Stream, [9f]);
        output.View.SubView(1, 1).CopyFromCPU(device.Stream, [9f]);
        Assert.NotEqual(0, input.CountDamage());
        Assert.Equal(0, output.CountDamage());
        Assert.Equal([1, 9, 3], output.Download());

        using var overrun = new GuardedBuffer<float>(device, [1, 2, 3], readOnly: false);
        IContiguousArrayView inside = overrun.View;
        new ArrayView<float>(inside.Buffer, inside.Index + inside.Length, 1).CopyFromCPU(device.Stream, [9f]);
        Assert.NotEqual(0, overrun.CountDamage());
    }

    [Fact]
    public void An_infinite_error_can_be_written_as_json() =>
        Assert.Contains(
            "Infinity",
            JsonSerializer.Serialize(new VerificationResult("", "", "", "", double.PositiveInfinity, 1, 1), JsonText.Indented),
            StringComparison.Ordinal);

    /// <summary>
    /// At real sizes, every draw: each variant of the sequence that the device has for some number of hidden units, and each
    /// shape of tiles, that for 128 units among them on CUDA. What else training chooses from does not depend on the size;
    /// tools/assembler compares what both have loaded.
    /// </summary>
    [SkippableTheory]
    [InlineData(AcceleratorKind.OpenCL)]
    [InlineData(AcceleratorKind.Cuda)]
    public void Verify_takes_hidden_sizes_of_every_kernel_that_training_chooses(AcceleratorKind kind)
    {
        TestDevices.SkipIfAbsent(kind);
        using var device = DeviceCatalog.Open(kind);
        var row = CaseTable.All.Single(row => row is { Operation: "LSTM sequence", Data: CaseData.Random, Size: CaseSize.Real });
        using var caseDevice = new CaseDevice(device, row, CaseScale.Full, TestRandom.Create(log));
        var (sizes, all) = (caseDevice.HiddenSizesForManySteps().ToList(), Enumerable.Range(1, 256).ToList());
        Assert.Equal(Variants(all), Variants(sizes));
        Assert.Equal(Shapes(all), Shapes(sizes));
        if (kind == AcceleratorKind.Cuda)
            Assert.Contains(TileShape.All[^1], Shapes(sizes));
        Assert.Contains(sizes, units => TileShape.For(device, units) is null);

        IReadOnlyList<SequenceVariant> Variants(List<int> hiddenSizes) =>
            [.. LstmSequence.Variants.Where(variant => hiddenSizes.Exists(units => variant.Supports(device, units)))];

        IReadOnlyList<TileShape> Shapes(List<int> hiddenSizes) =>
            [.. TileShape.All.Where(shape => hiddenSizes.Exists(units => units > 1 && TileShape.For(device, units) == shape))];
    }

    [SkippableFact]
    public void Tells_of_every_case()
    {
        TestSet.SkipIfLong();
        using var verifier = new Verifier(AcceleratorKind.Cpu);
        var cases = 0;
        _ = verifier.Run(1, CancellationToken.None, () => cases++).Count();
        Assert.Equal(verifier.CaseCount, cases);
    }
}
