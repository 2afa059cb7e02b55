namespace GpuLstm.Verification.Comparison;

/// <summary>The sizes of an operation's case.</summary>
public enum CaseSize
{
    /// <summary>Every size is 1.</summary>
    Smallest,

    /// <summary>Drawn at random, small enough for many rounds.</summary>
    Random,

    /// <summary>What users run, the article's model or the default: as many positions, steps and units.</summary>
    Real,
}
