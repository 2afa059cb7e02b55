namespace GpuLstm.Files;

/// <summary>
/// Files and folders that this process is still writing, under names of their own. A process that ends in the middle of one drops them:
/// either a change is complete or nothing of it is left.
/// </summary>
public static class UnfinishedFiles
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Paths = new(StringComparer.Ordinal);
    private static bool ending;

    /// <summary>Deletes them all, and from then on none is begun or completed; for a process that is about to end.</summary>
    /// <param name="patience">How long to wait for a change that is just being completed; longer than that, it is left to itself.</param>
    public static void DropAll(TimeSpan patience)
    {
        if (!Gate.TryEnter(patience))
            return;
        try
        {
            ending = true;
            foreach (var path in Paths)
                Delete(path);
            Paths.Clear();
        }
        finally
        {
            Gate.Exit();
        }
    }

    /// <summary>Says that a file or folder of this name is going to be written.</summary>
    /// <exception cref="OperationCanceledException">The process is ending.</exception>
    internal static void Begin(string path)
    {
        lock (Gate)
        {
            StopIfEnding();
            Paths.Add(path);
        }
    }

    /// <summary>Takes the step that makes it part of what is there.</summary>
    /// <exception cref="OperationCanceledException">The process is ending, and it is dropped.</exception>
    internal static void Complete(string path, Action step)
    {
        lock (Gate)
        {
            StopIfEnding();
            step();
            Paths.Remove(path);
        }
    }

    /// <summary>Deletes one that will not be completed; does nothing where it was.</summary>
    internal static void Drop(string path)
    {
        lock (Gate)
        {
            if (Paths.Remove(path))
                Delete(path);
        }
    }

    private static void StopIfEnding()
    {
        if (ending)
            throw new OperationCanceledException("the process is ending");
    }

    /// <summary>Deletes a file or folder if it can.</summary>
    internal static void Delete(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            // There is an earlier failure to report, or the process ends; the next change of the folder tidies up.
        }
    }
}
