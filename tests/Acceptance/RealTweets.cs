namespace GpuLstm.Tests.Acceptance;

/// <summary>The real data set, where <c>GPULSTM_TWEETS</c> says it lies.</summary>
internal static class RealTweets
{
    /// <summary>Its path; the test is skipped without one.</summary>
    public static string Path()
    {
        var path = Environment.GetEnvironmentVariable("GPULSTM_TWEETS");
        Skip.If(string.IsNullOrEmpty(path), "GPULSTM_TWEETS names no copy of twitter_training.csv");
        return System.IO.Path.GetFullPath(path!);
    }
}
