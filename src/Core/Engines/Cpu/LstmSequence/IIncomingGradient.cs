namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Where the gradient of a layer's hidden states comes in, known when the code is compiled: the layers below the last get it at
/// every step.
/// </summary>
internal interface IIncomingGradient
{
    /// <summary>Whether at every step, or at the last one of each row.</summary>
    static abstract bool IsAtEveryStep { get; }
}

/// <summary>At each row's last step.</summary>
internal readonly struct AtLastStep : IIncomingGradient
{
    public static bool IsAtEveryStep => false;
}

/// <summary>At every step.</summary>
internal readonly struct AtEveryStep : IIncomingGradient
{
    public static bool IsAtEveryStep => true;
}
