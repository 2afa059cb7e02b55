namespace GpuLstm.Files;

/// <summary>
/// Files and folders that this process is still writing, under names of their own. A process that ends in the middle of one drops
/// them: either a change is complete or nothing of it is left.
/// </summary>
public static class UnfinishedFiles
{
    private const int Attempts = 8;
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, Action<string>> Paths = new(StringComparer.Ordinal); // and how each is deleted
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(5);
    private static volatile bool Ending;

    /// <summary>Deletes them all, and from then on none is begun or completed; for a process that is about to end.</summary>
    /// <param name="patience">
    /// How long to wait for a change that is just being completed; longer than that, it is left to itself.
    /// </param>
    public static void DropAll(TimeSpan patience)
    {
        if (!Gate.TryEnter(patience))
            return;
        try
        {
            Ending = true;
            var paths = Paths.OrderByDescending(entry => entry.Key.Length).ToList(); // what a folder holds before the folder
            for (var attempt = 0; paths.Count > 0 && attempt < Attempts; attempt++)
            {
                // Each time anew: a change that had begun may still put a file there.
                foreach (var (path, delete) in paths)
                    Delete(path, delete);
                Thread.Sleep(BetweenAttempts);
            }

        }
        finally
        {
            Gate.Exit();
        }
    }

    /// <summary>Says that a file or folder of this name is going to be written.</summary>
    /// <param name="path">The name.</param>
    /// <param name="delete">How it is deleted.</param>
    /// <exception cref="OperationCanceledException">The process is ending.</exception>
    internal static void Begin(string path, Action<string> delete)
    {
        lock (Gate)
        {
            StopIfEnding();
            Paths.Add(path, delete);
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
            if (Paths.Remove(path, out var delete))
                Delete(path, delete);
        }
    }

    /// <exception cref="OperationCanceledException">The process is ending.</exception>
    internal static void StopIfEnding()
    {
        if (Ending)
            throw new OperationCanceledException("the process is ending");
    }

    private static void Delete(string path, Action<string> delete)
    {
        try
        {
            if (Path.Exists(path))
                delete(path);
        }
        catch (Exception e) when (FileErrors.Explains(e))
        {
            // There is an earlier failure to report, or the process ends; the next change of the folder tidies up.
        }
    }
}
