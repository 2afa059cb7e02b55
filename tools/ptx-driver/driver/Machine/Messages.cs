namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// What there is to say of a fault or a refusal: on standard error, and the thread's last one by <c>ptxDriverLastMessage</c>.
/// </summary>
internal static class Messages
{
    [ThreadStatic]
    private static string? OfThread;

    /// <summary>The thread's last message; empty: there was none.</summary>
    public static string Last => OfThread ?? "";

    public static void Report(string message)
    {
        OfThread = message;
        Console.Error.WriteLine($"PTX interpreter: {message}");
    }
}
