namespace GpuLstm;

/// <summary>Replaces files in one piece: written beside, flushed to the disk, renamed over.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file; if anything fails, the one that stood there is untouched and nothing is left beside it.</summary>
    /// <exception cref="UserErrorException">It cannot be written (disk full, no permission, no such folder); the message names it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var partial = path + ".partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(partial);
            if (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                var reason = e.Message.ReplaceLineEndings(" ").Split(" : ")[0];
                throw new UserErrorException($"cannot write '{path}': {reason}; free some space or choose another --output", e);
            }

            throw;
        }
    }

    private static void Remove(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report.
        }
    }
}
