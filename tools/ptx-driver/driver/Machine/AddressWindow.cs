using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>Where shared and local memory lie among generic addresses.</summary>
internal static class AddressWindow
{
    public const ulong Shared = 1UL << 60;
    public const ulong Local = 2UL << 60;
    public const ulong Size = 1UL << 32;

    /// <summary>What a generic address of a space has more than one of the space itself.</summary>
    public static ulong StartOf(StateSpace space) => space switch
    {
        StateSpace.Shared => Shared,
        StateSpace.Local => Local,
        _ => 0,
    };

    public static bool IsShared(ulong address) => address - Shared < Size;

    public static bool IsLocal(ulong address) => address - Local < Size;
}
