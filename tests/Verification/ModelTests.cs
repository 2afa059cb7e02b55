using GpuLstm.Kernels.Devices;
using GpuLstm.Verification;
using GpuLstm.Verification.Models;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>Every row of the table of whole models on every engine.</summary>
[Collection(DevicePool.Tests)]
public sealed class ModelTests(DevicePool devices, ITestOutputHelper output)
{
    public static TheoryData<AcceleratorKind, string> Cases
    {
        get
        {
            var cases = new TheoryData<AcceleratorKind, string>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var row in ModelCaseTable.All)
                    cases.Add(accelerator, row.Name);
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference(AcceleratorKind accelerator, string name)
    {
        var row = ModelCaseTable.All.Single(row => row.Name == name);
        TestSet.SkipIfLong(row.IsLong && accelerator != AcceleratorKind.Cpu);
        var verifier = devices[accelerator];
        var random = TestRandom.Create(output);
        for (var round = 0; round < TestSet.Rounds(Verifier.RoundsOf(row)); round++)
        {
            var results = verifier.RunModel(row, random);
            Assert.NotEmpty(results);
            Assert.All(results, result => Assert.True(result.Passed, $"{result}"));
        }
    }
}
