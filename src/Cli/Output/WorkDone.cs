namespace GpuLstm.Cli.Output;

/// <summary>What the command in work has done so far, for the line with which a stop ends.</summary>
internal static class WorkDone
{
    private static volatile Func<string>? Text;

    /// <summary>Says how to tell it, from any thread and at any moment.</summary>
    public static void TellBy(Func<string> text) => Text = text;

    /// <summary>Some words, as in "2 of 10 epochs done"; empty where nothing is known.</summary>
    public static string Tell() => Text?.Invoke() ?? "";
}
