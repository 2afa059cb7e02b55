using System.Runtime.InteropServices;

namespace GpuLstm.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and a terminal that closes. The first cancels <see cref="Token"/>; when the command has not ended after
/// <see cref="Patience"/>, or a second signal comes, it is left behind. A third ends the process as the system does it.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    /// <summary>How long a command may take to end by itself: with what follows, the process is gone within a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.7);

    private readonly CancellationTokenSource cancellation = new();
    private readonly ManualResetEventSlim hurry = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly Action leave;
    private int first; // the first signal's exit code; 0 before there is one
    private int told;

    /// <param name="leave">Ends the process; called on a thread of its own.</param>
    public StopSignals(Action<StopSignals> leave)
    {
        this.leave = () => leave(this);
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            registrations.Add(PosixSignalRegistration.Create(signal, Stop));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => cancellation.Token;

    /// <summary>128 and the signal's number, as shells have it; 0 before there was one.</summary>
    public int ExitCode => Volatile.Read(ref first);

    /// <summary>What stopped the program, for the reader.</summary>
    public string Name => ExitCode switch { 130 => "Ctrl-C", 143 => "SIGTERM", _ => "SIGHUP" };

    /// <summary>True once it was said that the program was stopped: what fails from then on is no news.</summary>
    public bool IsTold => Volatile.Read(ref told) != 0;

    /// <summary>True for the first who wants to say it.</summary>
    public bool TryTell() => Interlocked.Exchange(ref told, 1) == 0;

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        var exitCode = context.Signal switch { PosixSignal.SIGINT => 130, PosixSignal.SIGTERM => 143, _ => 129 };
        if (Interlocked.CompareExchange(ref first, exitCode, 0) == 0)
        {
            // A thread, for the pool's may all be busy.
            new Thread(Wait) { IsBackground = true, Name = "stop" }.Start();
            _ = cancellation.CancelAsync();
        }
        else if (hurry.IsSet)
        {
            return;
        }
        else
        {
            hurry.Set();
        }

        context.Cancel = true;
    }

    private void Wait()
    {
        hurry.Wait(Patience);
        leave();
    }
}
