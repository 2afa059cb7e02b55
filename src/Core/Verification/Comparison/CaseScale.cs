namespace GpuLstm.Verification.Comparison;

/// <summary>How large a case's random shapes are.</summary>
public enum CaseScale
{
    /// <summary>For real devices: many groups, more elements than a group has threads.</summary>
    Full,

    /// <summary>For the simulator, where each thread is one of the operating system's.</summary>
    Small,

    /// <summary>For a memory checker that interprets every instruction.</summary>
    Tiny,
}
