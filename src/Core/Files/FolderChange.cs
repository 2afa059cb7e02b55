namespace GpuLstm.Files;

/// <summary>
/// A change of several files of a folder that happens in one instant. The new files are written to a folder beside the old ones,
/// with a fresh name; <see cref="Commit"/> renames it to <c>.gpulstm-ready</c>, which is the instant, and then moves the files to
/// their places. Who reads a file through <see cref="OpenRead"/> meanwhile, or after the process was killed between two moves,
/// gets the new one. <see cref="TidyUp"/> completes the moves.
/// </summary>
/// <remarks>
/// Who changes a folder holds its <see cref="FolderLock"/>. Files of other names than the change's own are never touched.
/// </remarks>
internal sealed class FolderChange : IDisposable
{
    private const string WritingPrefix = ".gpulstm-writing-";
    private const string Ready = ".gpulstm-ready";
    private const string RemovedSuffix = ".removed"; // an empty file that says: there is no such file after the change
    private readonly string folder;
    private readonly IReadOnlyList<string> names;
    private readonly string writing;

    /// <summary>Begins a change.</summary>
    /// <param name="folder">A folder that is there.</param>
    /// <param name="names">The files that changes of this folder may have.</param>
    /// <exception cref="UserErrorException">The folder is gone or cannot be written.</exception>
    public FolderChange(string folder, IReadOnlyList<string> names)
    {
        (this.folder, this.names) = (folder, names);
        if (!Directory.Exists(folder))
            throw new UserErrorException($"the folder '{folder}' is gone, and with it what was written there");
        Complete(folder, names);
        writing = Path.Combine(folder, $"{WritingPrefix}{Guid.NewGuid():N}");
        UnfinishedFiles.Begin(writing, path => DeleteOwn(path, names));
        try
        {
            Attempt(writing, () => Disk.CreateFolder(writing));
        }
        catch
        {
            UnfinishedFiles.Drop(writing);
            throw;
        }
    }

    /// <summary>
    /// Completes a change whose process was killed while it moved files, and drops what another had begun to write.
    /// </summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public static void TidyUp(string folder, IReadOnlyList<string> names)
    {
        Complete(folder, names);
        foreach (var left in Directory.EnumerateDirectories(folder, $"{WritingPrefix}*"))
            Attempt(left, () => DeleteOwn(left, names));
    }

    /// <summary>True where a change was made whose files are not all in their places.</summary>
    public static bool IsIncomplete(string folder) => Directory.Exists(Path.Combine(folder, Ready));

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
        return string.Join(
            ' ', names.SelectMany(name => new[] { Path.Combine(folder, Ready, name), Path.Combine(folder, name) }).Select(Of));

        static string Of(string path) =>
            new FileInfo(path) is { Exists: true } file ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "-";
    }

    /// <summary>Writes a file of the change.</summary>
    /// <exception cref="UserErrorException">It cannot be written; the folder stays as it was.</exception>
    public void Write(string name, Action<Stream> write) =>
        Attempt(Path.Combine(folder, name), () => Disk.WriteNew(Path.Combine(writing, name), write));

    /// <summary>Makes it part of the change that there is no file of this name.</summary>
    public void Remove(string name) => Write(name + RemovedSuffix, _ => { });

    /// <summary>Makes the change happen.</summary>
    /// <param name="happened">Told at the instant; nothing can come between.</param>
    /// <exception cref="UserErrorException">
    /// It cannot be made; the folder stays as it was, or is read as if it were completed.
    /// </exception>
    public void Commit(Action happened) => UnfinishedFiles.Complete(writing, () =>
    {
        var ready = Path.Combine(folder, Ready);
        Attempt(ready, () => Disk.MoveFolder(writing, ready));
        happened();
        Complete(folder, names);
    });

    /// <summary>Drops the change, unless it was committed.</summary>
    public void Dispose() => UnfinishedFiles.Drop(writing);

    private static void Complete(string folder, IReadOnlyList<string> names)
    {
        var ready = Path.Combine(folder, Ready);
        if (!Directory.Exists(ready))
            return;
        if (new DirectoryInfo(ready).LinkTarget is not null)
        {
            throw new UserErrorException(
                $"'{ready}' is a link, and this program follows none there; remove it or choose another place");
        }

        foreach (var name in names)
        {
            var (file, target) = (Path.Combine(ready, name), Path.Combine(folder, name));
            if (File.Exists(file + RemovedSuffix))
            {
                Attempt(target, () => Disk.Delete(target));
                Attempt(target, () => Disk.Delete(file + RemovedSuffix));
            }

            if (File.Exists(file))
                Attempt(target, () => Disk.Move(file, target));
        }

        Attempt(ready, () => Disk.DeleteFolder(ready));
    }

    // Only what changes write.
    private static void DeleteOwn(string path, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            File.Delete(Path.Combine(path, name));
            File.Delete(Path.Combine(path, name + RemovedSuffix));
        }

        Directory.Delete(path);
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
