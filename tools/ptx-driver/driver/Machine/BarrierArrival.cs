namespace GpuLstm.PtxDriver.Machine;

/// <summary>What a barrier computes of the predicates that threads bring.</summary>
internal enum BarrierReduction
{
    None,
    Count,
    And,
    Or,
}

/// <summary>At which barrier a warp's lanes wait, and what they bring.</summary>
/// <param name="Barrier">Its number.</param>
/// <param name="Reduction">What it computes.</param>
/// <param name="Result">The register for that.</param>
/// <param name="Value">The lanes' predicates.</param>
internal readonly record struct BarrierArrival(int Barrier, BarrierReduction Reduction, int Result, uint Value);
