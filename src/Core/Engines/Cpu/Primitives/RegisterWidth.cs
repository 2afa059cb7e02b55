using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>How many floats the registers that the CPU engine uses hold.</summary>
public enum RegisterWidth
{
    /// <summary>Any processor.</summary>
    Four = 4,

    /// <summary>AVX2 with FMA.</summary>
    Eight = 8,

    /// <summary>AVX-512.</summary>
    Sixteen = 16,
}

/// <summary>What registers this processor has.</summary>
internal static class RegisterWidths
{
    /// <summary>The widest.</summary>
    public static RegisterWidth Best()
    {
        if (Vector512.IsHardwareAccelerated && Supports(RegisterWidth.Sixteen))
            return RegisterWidth.Sixteen;
        return Supports(RegisterWidth.Eight) ? RegisterWidth.Eight : RegisterWidth.Four;
    }

    /// <summary>Whether the processor can run on such registers, if only slowly.</summary>
    public static bool Supports(RegisterWidth width) => width == RegisterWidth.Four || (Avx2.IsSupported && Fma.IsSupported);
}
