namespace GpuLstm.Cli.Streams;

/// <summary>Finds standard streams that were closed before the program began.</summary>
internal static class ClosedStreams
{
    // Bits of a descriptor's flags.
    private const int AccessMode = 3; // reading or writing
    private const int CloseOnExec = 0x80000; // the runtime's own have it, inherited ones cannot

    /// <summary>
    /// Whether standard input (0) or output (1) was closed. A pipe of the runtime's own then takes its number, and what is read
    /// from it never comes. It is known by its other end, which is in this very process. Only Linux tells; elsewhere the answer
    /// is no.
    /// </summary>
    public static bool IsClosed(int descriptor)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fd"))
            return false;
        if (Find(descriptor) is not { } own)
            return true;
        if (own.Target.StartsWith("anon_inode:", StringComparison.Ordinal))
            return true;
        return own.Target.StartsWith("pipe:", StringComparison.Ordinal) && Directory.EnumerateFileSystemEntries("/proc/self/fd")
            .Select(entry => Find(int.Parse(Path.GetFileName(entry))))
            .Any(
                other => other?.Target == own.Target
                    && ((own.Flags ^ other.Value.Flags) & AccessMode) != 0
                    && (other.Value.Flags & CloseOnExec) != 0);
    }

    private static (string Target, int Flags)? Find(int descriptor)
    {
        try
        {
            var target = File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)!.Name;
            var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (target, Convert.ToInt32(flags["flags:".Length..].Trim(), 8));
        }
        catch (IOException)
        {
            return null; // closed, perhaps meanwhile
        }
    }
}
