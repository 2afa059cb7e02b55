namespace GpuLstm.Files;

/// <summary>
/// A change of several files of a folder that happens in one instant. The new files are written to a folder beside the old ones, with a
/// fresh name; <see cref="Commit"/> renames it to <c>.ready</c>, which is the instant, and then moves the files to their places. Whoever
/// reads a file through <see cref="OpenRead"/> meanwhile, or after the process was killed between two moves, gets the new one; the next
/// change completes the moves.
/// </summary>
/// <remarks>Who changes a folder holds its <see cref="FolderLock"/>.</remarks>
internal sealed class FolderChange : IDisposable
{
    private const string WritingPrefix = ".writing-";
    private const string Ready = ".ready";
    private const string RemovedSuffix = ".removed"; // an empty file that says: there is no such file after the change
    private readonly string folder;
    private readonly string writing;

    /// <summary>Begins a change, and completes one that was left in the middle.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public FolderChange(string folder)
    {
        this.folder = folder;
        Complete(folder);
        writing = Path.Combine(folder, $"{WritingPrefix}{Guid.NewGuid():N}");
        UnfinishedFiles.Begin(writing, path => Directory.Delete(path, recursive: true));
        Attempt(writing, () => Disk.CreateFolder(writing));
    }

    /// <summary>Completes a change whose process was killed while it moved files, and drops what another had begun to write.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public static void TidyUp(string folder)
    {
        Complete(folder);
        foreach (var left in Directory.EnumerateDirectories(folder, $"{WritingPrefix}*"))
            Attempt(left, () => Disk.DeleteFolder(left));
    }

    /// <summary>Opens a file of a folder for reading, the new one where a change is not completed.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static FileStream OpenRead(string folder, string name)
    {
        try
        {
            return PlainFile.OpenRead(Path.Combine(folder, Ready, name));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return PlainFile.OpenRead(Path.Combine(folder, name));
        }
    }

    /// <summary>True where a reader would find a file of this name.</summary>
    public static bool Exists(string folder, string name) =>
        File.Exists(Path.Combine(folder, Ready, name)) || File.Exists(Path.Combine(folder, name));

    /// <summary>What a reader would find under some names: changes whenever one of the files does.</summary>
    public static string Stamp(string folder, IEnumerable<string> names)
    {
        return string.Join(' ', names.SelectMany(name => new[] { Path.Combine(folder, Ready, name), Path.Combine(folder, name) }).Select(Of));

        static string Of(string path) => new FileInfo(path) is { Exists: true } file ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "-";
    }

    /// <summary>Writes a file of the change.</summary>
    /// <exception cref="UserErrorException">It cannot be written; the folder stays as it was.</exception>
    public void Write(string name, Action<Stream> write) =>
        Attempt(Path.Combine(folder, name), () => Disk.WriteNew(Path.Combine(writing, name), write));

    /// <summary>Makes it part of the change that there is no file of this name.</summary>
    public void Remove(string name) => Write(name + RemovedSuffix, _ => { });

    /// <summary>Makes the change happen.</summary>
    /// <exception cref="UserErrorException">It cannot be made; the folder stays as it was, or is read as if it were completed.</exception>
    public void Commit() => UnfinishedFiles.Complete(writing, () =>
    {
        var ready = Path.Combine(folder, Ready);
        Attempt(ready, () => Disk.MoveFolder(writing, ready));
        Complete(folder);
    });

    /// <summary>Drops the change, unless it was committed.</summary>
    public void Dispose() => UnfinishedFiles.Drop(writing);

    private static void Complete(string folder)
    {
        var ready = Path.Combine(folder, Ready);
        if (!Directory.Exists(ready))
            return;
        foreach (var file in Directory.GetFiles(ready))
        {
            var name = Path.GetFileName(file);
            var target = Path.Combine(folder, name);
            if (!name.EndsWith(RemovedSuffix, StringComparison.Ordinal))
                Attempt(target, () => Disk.Move(file, target));
            else
                Attempt(target, () => Disk.Delete(target[..^RemovedSuffix.Length]));
        }

        Attempt(ready, () => Disk.DeleteFolder(ready));
    }

    private static void Attempt(string path, Action change)
    {
        try
        {
            change();
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotWrite(path, e);
        }
    }
}
