using System.Runtime.InteropServices;

namespace GpuLstm.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and a terminal that closes: the first cancels <see cref="Token"/>, and whoever has not ended after
/// <see cref="Patience"/> is left behind.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>How long a command may take to end by itself: with what follows, the process is gone within a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.7);

    private readonly CancellationTokenSource cancellation = new();
    private readonly TaskCompletionSource overdue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PosixSignalRegistration> registrations = [];
    private int first; // the signal's exit code; 0 before there is one
    private int told;

    public StopSignals()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            registrations.Add(PosixSignalRegistration.Create(signal, Stop));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => cancellation.Token;

    /// <summary>Done when a command has had its time to end.</summary>
    public Task Overdue => overdue.Task;

    /// <summary>128 and the signal's number, as shells have it.</summary>
    public int ExitCode => Volatile.Read(ref first);

    /// <summary>What stopped the program, for the reader.</summary>
    public string Name => ExitCode switch { 130 => "Ctrl-C", 143 => "SIGTERM", _ => "SIGHUP" };

    /// <summary>True for the first who wants to say that the program was stopped.</summary>
    public bool TryTell() => Interlocked.Exchange(ref told, 1) == 0;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        cancellation.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true; // the runtime would end the process at once
        var exitCode = context.Signal switch { PosixSignal.SIGINT => 130, PosixSignal.SIGTERM => 143, _ => 129 };
        if (Interlocked.CompareExchange(ref first, exitCode, 0) != 0)
            return;
        _ = Task.Delay(Patience).ContinueWith(_ => overdue.TrySetResult(), TaskScheduler.Default);
        cancellation.Cancel();
    }
}
