namespace GpuLstm.Files;

/// <summary>
/// The steps of which a change of files is made, a method each. <see cref="BeforeChange"/> is told of every one, so that tests
/// can end the process, or fail, before each of them. None is made any more once the process is ending. (Making a run's folder,
/// its lock, and dropping what is unfinished are no such steps: nothing depends on them.)
/// </summary>
internal static class Disk
{
    private const int Attempts = 50;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    [ThreadStatic]
    private static Action<string>? Hook;

    /// <summary>Told what this thread is going to change; for tests.</summary>
    public static Action<string>? BeforeChange
    {
        get => Hook;
        set => Hook = value;
    }

    /// <summary>Makes a folder, and those above it.</summary>
    public static void CreateFolder(string path)
    {
        Announce($"create folder {path}");
        Directory.CreateDirectory(path);
    }

    /// <summary>Writes a file that must not be there yet (a link counts as being there), and flushes it to the disk.</summary>
    public static void WriteNew(string path, Action<Stream> write)
    {
        Announce($"create {path}");
        using var file = new FileStream(
            path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        using var observed = new ObservedFile(file);
        write(observed);
        Announce($"flush {path}");
        file.Flush(flushToDisk: true);
    }

    /// <summary>Renames a file, over one that is there.</summary>
    public static void Move(string from, string to)
    {
        Announce($"move {to}");
        WithPatience(() => File.Move(from, to, overwrite: true));
    }

    /// <summary>Renames a folder to a name that is free.</summary>
    public static void MoveFolder(string from, string to)
    {
        Announce($"move folder {to}");
        WithPatience(() => Directory.Move(from, to));
    }

    /// <summary>Deletes a file, if it is there.</summary>
    public static void Delete(string path)
    {
        Announce($"delete {path}");
        File.Delete(path);
    }

    /// <summary>Deletes an empty folder.</summary>
    public static void DeleteFolder(string path)
    {
        Announce($"delete folder {path}");
        WithPatience(() => Directory.Delete(path));
    }

    // Windows refuses to rename or delete a file while another process reads it, which takes a moment.
    private static void WithPatience(Action change)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                change();
                return;
            }
            catch (Exception e) when (
                OperatingSystem.IsWindows() && attempt < Attempts && e is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(BetweenAttempts);
            }
        }
    }

    private static void Announce(string change)
    {
        BeforeChange?.Invoke(change);
        UnfinishedFiles.StopIfEnding();
    }

    /// <summary>Every write goes to the disk by itself, and is told of.</summary>
    private sealed class ObservedFile(FileStream file) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Announce($"write {file.Name}");
            file.Write(buffer);
        }
    }
}
