using System.Runtime.ExceptionServices;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// A few threads that share one piece of work after another. A training step of a small model takes tens of microseconds:
/// between two pieces the threads spin for a moment before they sleep, and nothing is allocated.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 5000; // a hundred microseconds or so
    private readonly Lock pieces = new();
    private readonly SemaphoreSlim[] wakeUps;
    private readonly int[] asleep;
    private readonly Thread[] threads;
    private Action<int, int>? work;
    private Exception? failure;
    private int generation;
    private int running;
    private volatile bool ending;

    /// <param name="count">Threads, the caller's own included.</param>
    public WorkerPool(int count)
    {
        Count = Math.Max(1, count);
        wakeUps = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(0))];
        asleep = new int[Count];
        threads = [.. Enumerable.Range(1, Count - 1).Select(part => new Thread(() => Serve(part)) { IsBackground = true, Name = $"LSTM {part}" })];
        foreach (var thread in threads)
            thread.Start();
    }

    /// <summary>How many threads.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="piece"/> (part, parts) once on each thread, and returns when all are done.</summary>
    public void Run(Action<int, int> piece)
    {
        lock (pieces)
        {
            work = piece;
            Volatile.Write(ref running, Count - 1);
            Interlocked.Increment(ref generation);
            for (var part = 1; part < Count; part++)
            {
                if (Interlocked.Exchange(ref asleep[part], 0) == 1)
                    wakeUps[part].Release();
            }

            Attempt(0);
            for (var spin = 0; Volatile.Read(ref running) > 0; spin++)
            {
                if (spin < SpinsBeforeSleep)
                    Thread.SpinWait(1);
                else
                    Thread.Yield();
            }

            work = null;
            if (Interlocked.Exchange(ref failure, null) is { } failed)
                ExceptionDispatchInfo.Throw(failed);
        }
    }

    public void Dispose()
    {
        ending = true;
        Interlocked.Increment(ref generation);
        for (var part = 1; part < Count; part++)
        {
            if (Interlocked.Exchange(ref asleep[part], 0) == 1)
                wakeUps[part].Release();
        }

        foreach (var thread in threads)
            thread.Join();
        foreach (var wakeUp in wakeUps)
            wakeUp.Dispose();
    }

    private void Serve(int part)
    {
        var seen = 0;
        while (true)
        {
            WaitForNext(part, seen);
            seen++;
            if (ending)
                return;
            Attempt(part);
            Interlocked.Decrement(ref running);
        }
    }

    private void WaitForNext(int part, int seen)
    {
        for (var spin = 0; Volatile.Read(ref generation) == seen; spin++)
        {
            if (spin < SpinsBeforeSleep)
            {
                Thread.SpinWait(1);
                continue;
            }

            // Whoever sets the flag back to 0 owes a release or takes the sleep back.
            Interlocked.Exchange(ref asleep[part], 1);
            if (Volatile.Read(ref generation) == seen || Interlocked.Exchange(ref asleep[part], 0) == 0)
                wakeUps[part].Wait();
        }
    }

    private void Attempt(int part)
    {
        try
        {
            work!(part, Count);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, e, null);
        }
    }
}
