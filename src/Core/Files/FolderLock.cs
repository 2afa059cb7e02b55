namespace GpuLstm.Files;

/// <summary>
/// The right to write into a folder: one process at a time has it, and it ends with the process, however that ends. Its file
/// <c>.lock</c> stays in the folder: deleting it could leave two processes with locks on two files of that name.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string Name = ".lock";

    private readonly FileStream file;

    private FolderLock(FileStream file) => this.file = file;

    /// <summary>Takes the right.</summary>
    /// <returns>Null where another process has it.</returns>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public static FolderLock? TryTake(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new UserErrorException(
                    $"'{path}' is a link, and this program follows none there; remove it or choose another place");
            }

            return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (FileErrors.IsInUse(e))
        {
            return null;
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            throw FileErrors.CannotWrite(path, e);
        }
    }

    public void Dispose() => file.Dispose();
}
