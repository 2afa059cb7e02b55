using GpuLstm.Engines;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>The whole model against the reference network, on every engine and every kind of batch.</summary>
[Collection(DevicePool.Tests)]
public sealed class ModelTests(DevicePool devices, ITestOutputHelper output)
{
    private const int Rounds = 3;

    public static TheoryData<AcceleratorChoice, ModelCaseKind> Cases
    {
        get
        {
            var cases = new TheoryData<AcceleratorChoice, ModelCaseKind>();
            foreach (var accelerator in TestDevices.All)
            {
                foreach (var kind in Enum.GetValues<ModelCaseKind>())
                    cases.Add(accelerator, kind);
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_the_reference(AcceleratorChoice accelerator, ModelCaseKind kind)
    {
        var verifier = devices[accelerator];
        var random = TestRandom.Create(output);
        for (var round = 0; round < TestSet.Rounds(Rounds); round++)
            Assert.All(verifier.RunModel(kind, random), result => Assert.True(result.Passed, $"{result}"));
    }
}
