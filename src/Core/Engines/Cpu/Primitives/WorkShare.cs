namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>Splits a number of items among threads.</summary>
internal static class WorkShare
{
    /// <summary>The items of one part: from the first to before the last, even shares in order.</summary>
    public static (int First, int End) Of(int items, int part, int parts) =>
        ((int)((long)items * part / parts), (int)((long)items * (part + 1) / parts));
}
