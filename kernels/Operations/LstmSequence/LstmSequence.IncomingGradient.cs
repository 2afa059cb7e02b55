namespace GpuLstm.Kernels.Operations;

public static partial class LstmSequence
{
    /// <summary>
    /// Where the gradient of a layer's hidden states comes in, known when a kernel is compiled: the layers below the last get it
    /// at every step.
    /// </summary>
    internal interface IIncomingGradient
    {
        /// <summary>Whether at every step, or at the last one of each row.</summary>
        bool IsAtEveryStep { get; }
    }

    /// <summary><see cref="BackwardArguments.HiddenGradient"/> is that of each row's last step [B, H].</summary>
    internal readonly struct AtLastStep : IIncomingGradient
    {
        public bool IsAtEveryStep => false;
    }

    /// <summary><see cref="BackwardArguments.HiddenGradient"/> is that of every step [T, B, H].</summary>
    internal readonly struct AtEveryStep : IIncomingGradient
    {
        public bool IsAtEveryStep => true;
    }
}

/// <summary>Where the gradient of a layer's hidden states comes in.</summary>
public enum IncomingGradient
{
    /// <summary>At each row's last step [B, H].</summary>
    AtLastStep,

    /// <summary>At every step [T, B, H], in the order in which the layer runs them; behind a row's end it is not read.</summary>
    AtEveryStep,
}
