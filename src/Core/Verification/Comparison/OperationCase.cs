namespace GpuLstm.Verification.Comparison;

/// <summary>A row of the <see cref="CaseTable"/>: an operation, forward and backward, on one kind of data.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Data">The values.</param>
/// <param name="Size">The sizes.</param>
/// <param name="Run">Draws shapes and values, launches the kernels, and compares everything they write.</param>
internal sealed record OperationCase(string Operation, CaseData Data, CaseSize Size, Action<CaseDevice> Run)
{
    public override string ToString() => $"{Operation}, {Data}, {Size} sizes";
}
