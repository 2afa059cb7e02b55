using GpuLstm.Kernels.Devices;
using GpuLstm.Verification;
using GpuLstm.Verification.Comparison;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>Every row of the table of cases on every device.</summary>
[Collection(DevicePool.Tests)]
public sealed class OperationTests(DevicePool devices, ITestOutputHelper output)
{
    public static TheoryData<AcceleratorKind, string> Cases
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, string>();
            foreach (var accelerator in TestDevices.WithKernels)
            {
                foreach (var row in CaseTable.All)
                    cases.Add(accelerator, $"{row}");
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference(AcceleratorKind accelerator, string name)
    {
        var row = CaseTable.All.Single(row => $"{row}" == name);
        TestSet.SkipIfLong(row.Size == CaseSize.Real);
        var verifier = devices[accelerator];
        var random = TestRandom.Create(output);
        for (var round = 0; round < TestSet.Rounds(Verifier.RoundsOf(row)); round++)
        {
            var results = verifier.RunOperation(row, random);
            Assert.True(results.Count > 1); // one of them tells of the guard cells
            Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
        }
    }
}
