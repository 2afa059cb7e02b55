namespace GpuLstm.PtxDriver.Machine;

/// <summary>What there is to say of a fault or a refusal: on standard error, and the thread's last one by <c>ptxDriverLastMessage</c>.</summary>
internal static class Messages
{
    [ThreadStatic]
    private static string? last;

    /// <summary>The thread's last message; empty: there was none.</summary>
    public static string Last => last ?? "";

    public static void Report(string message)
    {
        last = message;
        Console.Error.WriteLine($"PTX interpreter: {message}");
    }
}
