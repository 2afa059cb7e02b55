using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Models;

/// <summary>A row of the <see cref="ModelCaseTable"/>.</summary>
/// <param name="Name">What its rows or sizes are meant for.</param>
/// <param name="Draw">Draws one case or several.</param>
internal sealed record ModelCaseRow(string Name, Func<CaseScale, Random, IEnumerable<ModelCase>> Draw)
{
    /// <summary>Takes seconds on a slow device: once is enough.</summary>
    public bool IsLong { get; init; }

    public override string ToString() => Name;
}
