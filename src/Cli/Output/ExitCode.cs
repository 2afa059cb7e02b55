namespace GpuLstm.Cli.Output;

/// <summary>How the process ends, where not with 0; after a signal it is 128 and the signal's number.</summary>
internal static class ExitCode
{
    /// <summary>A command ran and failed, or a check did not hold.</summary>
    public const int Failure = 1;

    /// <summary>The command line cannot be understood.</summary>
    public const int Usage = 2;

    /// <summary>The reader of the output went away: 128 and the number of SIGPIPE, as shells have it.</summary>
    public const int ReaderGone = 141;
}
