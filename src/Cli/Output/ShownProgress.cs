using System.Diagnostics;
using GpuLstm.Data;
using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>
/// Shows how far some work on a file is: on a terminal a bar with the time left, elsewhere a line of standard error now and then.
/// </summary>
internal sealed class ShownProgress : IProgress<ReadingProgress>, IProgress<double>
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromMinutes(1);
    private readonly string work;
    private readonly ProgressTask? bar;
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();

    private ShownProgress(string work, ProgressTask? bar) => (this.work, this.bar) = (work, bar);

    /// <summary>Does the work with what shows it.</summary>
    /// <param name="name">What it is called, such as "reading".</param>
    /// <param name="file">What the user knows the file by.</param>
    /// <param name="work">Does it.</param>
    public static T Show<T>(string name, string file, Func<ShownProgress, T> work) => Terminal.IsInteractive
        ? Terminal.WithBar(name, bar => work(new ShownProgress(name, bar)))
        : work(new ShownProgress($"{name} {file}", bar: null));

    public void Report(ReadingProgress value)
    {
        var rows = $"{value.Rows:N0} rows";
        WorkDone.TellBy(() => $"{rows} read");
        Show(value.Share, rows);
    }

    public void Report(double value) => Show(value, done: null);

    private void Show(double? share, string? done)
    {
        if (bar is not null)
        {
            bar.IsIndeterminate = share is null;
            bar.Value = bar.MaxValue * (share ?? 0);
            bar.Description = done ?? work;
        }
        else if (sinceLine.Elapsed > LineEvery)
        {
            string[] told = [.. new[] { done, share is { } known ? $"{known:P0}" : null }.OfType<string>()];
            Terminal.Note($"{work}: {string.Join(", ", told)}");
            sinceLine.Restart();
        }
    }
}
