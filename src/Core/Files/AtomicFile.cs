namespace GpuLstm.Files;

/// <summary>Replaces a file in one piece: written beside under a fresh name, flushed to the disk, renamed over.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file; if anything fails, the one that stood there is untouched and nothing is left beside it.</summary>
    /// <exception cref="UserErrorException">
    /// It cannot be written (disk full, no permission, no such folder); the message names it.
    /// </exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (IsDevice(path))
        {
            WriteInPlace(path, write);
            return;
        }

        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        UnfinishedFiles.Begin(partial, File.Delete);
        try
        {
            Disk.WriteNew(partial, write);
            UnfinishedFiles.Complete(partial, () => Disk.Move(partial, path));
        }
        catch (Exception e)
        {
            UnfinishedFiles.Drop(partial);
            if (FileErrors.Explains(e))
                throw FileErrors.CannotWrite(path, e);
            throw;
        }
    }

    /// <summary>/dev/null, /dev/stdout and the like: a rename would put a file in their place.</summary>
    private static bool IsDevice(string path) =>
        !OperatingSystem.IsWindows()
            && path.Length > 0
            && Path.GetFullPath(path).StartsWith("/dev/", StringComparison.Ordinal)
            && File.Exists(path);

    private static void WriteInPlace(string path, Action<Stream> write)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write);
            write(stream);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotWrite(path, e);
        }
    }
}
