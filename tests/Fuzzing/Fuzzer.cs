using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Fuzzing;

/// <summary>
/// Gives a target inputs drawn at random: for two seconds, or as many as <c>GPULSTM_FUZZ</c> says. Every input may be refused by
/// a <see cref="UserErrorException"/> of one clean line, and by nothing else, in little time and memory.
/// </summary>
/// <param name="output">Where the number of inputs goes.</param>
internal sealed class Fuzzer(ITestOutputHelper output)
{
    private const long MaxBytesAllocated = 32_000_000;
    private const double MinShareAccepted = 0.05;
    private const int FewestInputs = 100; // so that a share says something
    private static readonly TimeSpan ShortRun = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20); // machines can be busy

    /// <summary>Gets an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="accepted">To be called when it gets past the first check.</param>
    public delegate void Target(byte[] input, Action accepted);

    /// <summary>Fails with the seed and the input that showed a mistake.</summary>
    /// <param name="generate">Makes an input.</param>
    /// <param name="target">What must stand it.</param>
    public void Run(Func<Random, byte[]> generate, Target target)
    {
        var seed = TestRandom.Seed();
        var most = Environment.GetEnvironmentVariable("GPULSTM_FUZZ") is { Length: > 0 } given
            ? long.Parse(given, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            : (long?)null;
        var (count, accepted, clock) = (0L, 0L, Stopwatch.StartNew());
        Trial? current = null;
        var run = Task.Factory.StartNew(RunAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!run.IsCompleted)
        {
            Task.WaitAny([run], TimeSpan.FromSeconds(0.1));
            if (!run.IsCompleted && Volatile.Read(ref current) is { } trial && clock.Elapsed - trial.Start > MaxTime)
                Assert.Fail(trial.Describe($"it takes more than {MaxTime.TotalSeconds} s"));
        }

        run.GetAwaiter().GetResult();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} inputs in {clock.Elapsed.TotalSeconds:F1} s, {(double)accepted / count:P1} got past the first check; "
            + $"GPULSTM_SEED={seed}"));
        Assert.True(
            count < FewestInputs || accepted >= MinShareAccepted * count,
            $"only {accepted} of {count} inputs got past the first check");

        void RunAll()
        {
            while (most is { } number ? count < number : clock.Elapsed < ShortRun)
            {
                var inputSeed = unchecked(seed + (int)count); // as GPULSTM_SEED it makes this input the first
                var trial = new Trial(generate(new Random(inputSeed)), inputSeed, clock.Elapsed);
                Volatile.Write(ref current, trial);
                var isAccepted = false;
                if (Mistake(() => target(trial.Input, () => isAccepted = true)) is { } mistake)
                    Assert.Fail(trial.Describe(mistake));
                accepted += isAccepted ? 1 : 0;
                count++;
            }
        }
    }

    private static string? Mistake(Action run)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            run();
        }
        catch (UserErrorException e)
        {
            if (UncleanPlace(e.Message) is { } place)
                return $"the message has U+{(int)e.Message[place]:X4} at {place}: {e.Message}";
        }
        catch (Exception e)
        {
            return $"{e}";
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated > MaxBytesAllocated ? $"it allocates {allocated:N0} bytes" : null;
    }

    /// <summary>
    /// Where a text has a control character, a line break or half a character; null where it is one clean line.
    /// </summary>
    public static int? UncleanPlace(string text)
    {
        for (var n = 0; n < text.Length; n++)
        {
            if (char.IsControl(text[n]) || text[n] is '\u2028' or '\u2029')
                return n;
            if (char.IsSurrogate(text[n]))
            {
                if (n + 1 == text.Length || !char.IsSurrogatePair(text[n], text[n + 1]))
                    return n;
                n++;
            }
        }

        return null;
    }

    private sealed record Trial(byte[] Input, int Seed, TimeSpan Start)
    {
        public string Describe(string mistake) =>
            $"GPULSTM_SEED={Seed} makes an input of {Input.Length} bytes, in base64 {Convert.ToBase64String(Input)}: {mistake}";
    }
}
