namespace GpuLstm.PtxDriver.Machine;

/// <summary>Extents, or an index, in three dimensions.</summary>
internal readonly record struct Size3(int X, int Y, int Z)
{
    public int Size => X * Y * Z;
}

/// <summary>How a kernel is launched.</summary>
/// <param name="Grid">Groups.</param>
/// <param name="Group">Threads of a group.</param>
/// <param name="DynamicSharedBytes">Shared memory that the launch asks for.</param>
internal sealed record LaunchShape(Size3 Grid, Size3 Group, int DynamicSharedBytes);
