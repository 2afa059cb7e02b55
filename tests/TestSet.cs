namespace GpuLstm.Tests;

/// <summary>
/// Which tests run. By default a short set, which sees each kind of mistake: every kernel once on every device, and one of each
/// kind of what takes long. Where <c>GPULSTM_TESTS</c> is <c>all</c>, everything runs, with more rounds.
/// </summary>
internal static class TestSet
{
    private const string Variable = "GPULSTM_TESTS";

    private static bool RunsAll => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => false,
        "all" => true,
        var other => throw new InvalidOperationException($"{Variable} is '{other}'; set it to 'all', or not at all"),
    };

    /// <summary>Skips a test of the long set, unless all tests run.</summary>
    /// <param name="isLong">For a theory of which some cases are short.</param>
    public static void SkipIfLong(bool isLong = true) => Skip.If(isLong && !RunsAll, $"takes long; {Variable}=all runs it");

    /// <summary>How often a test with random inputs repeats: once in the short set.</summary>
    public static int Rounds(int ofAll) => RunsAll ? ofAll : 1;
}
