using System.Runtime.ExceptionServices;

namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>
/// A few threads that share one piece of work after another. A training step of a small model takes tens of microseconds:
/// between two pieces the threads spin for a moment before they sleep, and nothing is allocated. The thread that is there first
/// takes the next part, so no thread waits for one that the system has set aside.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    private const int MaxThreads = 0x7FFF; // a ticket has room for as many parts
    private const int SpinsBeforeSleep = 5000; // a hundred microseconds or so
    private readonly Lock pieces = new();
    private readonly SemaphoreSlim[] wakeUps;
    private readonly int[] asleep;
    private readonly Thread[] threads;
    private Action<int, int>? work;
    private Exception? failure;
    private long ticket; // which piece (upper half), of how many parts (next quarter), and its next part
    private int unfinished; // parts of the piece in hand
    private volatile bool ending;

    /// <param name="count">Threads, the caller's own included.</param>
    public WorkerPool(int count)
    {
        Count = Math.Clamp(count, 1, MaxThreads);
        wakeUps = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(0))];
        asleep = new int[Count];
        threads =
        [
            .. Enumerable.Range(1, Count - 1)
                .Select(number => new Thread(() => Serve(number)) { IsBackground = true, Name = $"LSTM {number}" }),
        ];
        foreach (var thread in threads)
            thread.Start();
    }

    /// <summary>How many threads.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs <paramref name="piece"/> (part, parts) once for each part, and returns when all are done. There are as many parts as
    /// threads, or as are worth a thread. Which thread runs which part is open.
    /// </summary>
    /// <param name="piece">The work of a part.</param>
    /// <param name="worth">How many threads the work is worth: below 2 the caller's own does it alone.</param>
    public void Run(Action<int, int> piece, int worth = int.MaxValue)
    {
        lock (pieces)
        {
            var parts = Math.Clamp(worth, 1, Count);
            if (parts == 1)
            {
                piece(0, 1);
                return;
            }

            work = piece;
            unfinished = parts;
            var number = NextPiece(parts);
            Wake(parts - 1);
            RunParts(number);
            for (var spin = 0; Volatile.Read(ref unfinished) > 0; spin++)
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
        NextPiece(parts: 0);
        Wake(Count);
        foreach (var thread in threads)
            thread.Join();
        foreach (var wakeUp in wakeUps)
            wakeUp.Dispose();
    }

    /// <summary>Gives out a new piece's first part; the number of the piece.</summary>
    private int NextPiece(int parts)
    {
        var number = (int)(Volatile.Read(ref ticket) >> 32) + 1;
        Interlocked.Exchange(ref ticket, ((long)number << 32) | ((long)parts << 16));
        return number;
    }

    /// <summary>Makes so many threads come that are asleep, unless as many are awake already.</summary>
    private void Wake(int wanted)
    {
        for (var thread = 1; thread < Count && thread <= wanted; thread++)
        {
            if (Interlocked.Exchange(ref asleep[thread], 0) == 1)
                wakeUps[thread].Release();
        }
    }

    private void Serve(int thread)
    {
        var seen = 0;
        while (true)
        {
            seen = WaitForNext(thread, seen);
            if (ending)
                return;
            RunParts(seen);
        }
    }

    private int WaitForNext(int thread, int seen)
    {
        for (var spin = 0; ; spin++)
        {
            var number = (int)(Volatile.Read(ref ticket) >> 32);
            if (number != seen)
                return number;
            if (spin < SpinsBeforeSleep)
            {
                Thread.SpinWait(1);
                continue;
            }

            // The thread that sets the flag back to 0 owes a release or takes the sleep back.
            Interlocked.Exchange(ref asleep[thread], 1);
            if ((int)(Volatile.Read(ref ticket) >> 32) == seen || Interlocked.Exchange(ref asleep[thread], 0) == 0)
                wakeUps[thread].Wait();
        }
    }

    /// <summary>Takes parts of a piece until there are none left, or another piece has begun.</summary>
    private void RunParts(int number)
    {
        while (true)
        {
            var current = Volatile.Read(ref ticket);
            var (part, parts) = ((int)(current & 0xFFFF), (int)((current >> 16) & 0xFFFF));
            if ((int)(current >> 32) != number || part >= parts)
                return;
            if (Interlocked.CompareExchange(ref ticket, current + 1, current) != current)
                continue;
            Attempt(part, parts); // the piece cannot end before this part: its work stays what it is
            Interlocked.Decrement(ref unfinished);
        }
    }

    private void Attempt(int part, int parts)
    {
        try
        {
            work!(part, parts);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, e, null);
        }
    }
}
