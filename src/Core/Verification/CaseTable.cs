using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Cases;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification;

/// <summary>
/// Every operation on every kind of data that means something to it, at the smallest sizes, at random ones and at real ones. The
/// same table runs on every device; each case compares all that its kernels write with the operation's reference in double.
/// </summary>
internal static class CaseTable
{
    private static readonly (string Operation, Action<CaseDevice> Run, CaseData[] Data)[] Operations =
    [
        ("batch index", BatchIndexCase.Run, [CaseData.Random]),
        ("embedding lookup", EmbeddingLookupCase.Run, [CaseData.Random, CaseData.Denormals]),
        ("segment sum", SegmentSumCase.Run, [CaseData.Random, CaseData.Integers, CaseData.Denormals, CaseData.ZeroGradients]),
        ("table rows", TableRowsCase.Run, [CaseData.Random]),
        ("embedding bag", EmbeddingBagCase.Run, [CaseData.Random, CaseData.ZeroGradients]),
        ("input features", InputFeaturesCase.Run, [CaseData.Random, CaseData.Integers]),
        ("gate table", GateTableCase.Run, [CaseData.Random, CaseData.Integers, CaseData.Denormals, CaseData.ZeroGradients]),
        ("gate math", GateMathCase.Run, [CaseData.Random, CaseData.Saturated, CaseData.Denormals, CaseData.ZeroGradients]),
        (
            "LSTM sequence", LstmSequenceCase.Run,
            [CaseData.Random, CaseData.Saturated, CaseData.Denormals, CaseData.ZeroGradients]),
        ("directions", DirectionsCase.Run, [CaseData.Random]),
        (
            "weight gradient", WeightGradientCase.Run,
            [CaseData.Random, CaseData.Integers, CaseData.Denormals, CaseData.ZeroGradients]),
        ("dropout", DropoutCase.Run, [CaseData.Random, CaseData.Denormals]),
        ("pooling", PoolingCase.Run, [CaseData.Random, CaseData.Integers, CaseData.Denormals, CaseData.ZeroGradients]),
        ("attention", AttentionCase.Run, [CaseData.Random, CaseData.ZeroGradients]),
        ("classifier head", ClassifierHeadCase.Run, [CaseData.Random, CaseData.Integers, CaseData.Saturated]),
        ("one-unit step", OneUnitStepCase.Run, [CaseData.Random]),
        ("gradient clipping", GradientClippingCase.Run, [CaseData.Random, CaseData.ZeroGradients]),
        ("weight average", WeightAverageCase.Run, [CaseData.Random, CaseData.Denormals]),
        .. Optimizer.All.Select<Optimizer, (string, Action<CaseDevice>, CaseData[])>(rule => (
            $"optimizer {rule.Name}", device => OptimizerCase.Run(device, rule),
            [CaseData.Random, CaseData.Denormals, CaseData.ZeroGradients])),
    ];

    /// <summary>The table.</summary>
    public static IReadOnlyList<OperationCase> All { get; } =
    [
        .. from operation in Operations
           from data in operation.Data
           from size in Enum.GetValues<CaseSize>()
           where size != CaseSize.Real || data is CaseData.Random or CaseData.Integers
           select new OperationCase(operation.Operation, data, size, operation.Run),
    ];
}
