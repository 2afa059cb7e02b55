using GpuLstm.Metrics;
using GpuLstm.Training;
using Spectre.Console;

namespace GpuLstm.Cli.Output;

/// <summary>
/// Shows a training run: on a terminal a bar with the time left and a line an epoch above it, elsewhere the lines alone.
/// Long runs get a line every twentieth epoch, as the article prints them.
/// </summary>
internal sealed class TrainingProgress(int epochs, ProgressTask? bar) : ITrainingObserver
{
    private const int FewEpochs = 25;
    private const int LineEvery = 20;

    /// <summary>Runs <paramref name="work"/> with an observer that shows it.</summary>
    public static T Show<T>(int epochs, Func<ITrainingObserver, T> work)
    {
        if (!Terminal.IsInteractive)
            return work(new TrainingProgress(epochs, bar: null));
        return Terminal.WithBar("training", bar => work(new TrainingProgress(epochs, bar)));
    }

    public void OnStep(int epoch, int step, int steps)
    {
        if (bar is null)
            return;
        bar.MaxValue = (double)epochs * steps;
        bar.Value = (double)(epoch - 1) * steps + step;
        bar.Description = $"epoch {epoch}/{epochs}";
    }

    public void OnEpoch(EpochReport report)
    {
        if (epochs > FewEpochs && (report.Epoch - 1) % LineEvery != 0 && report.Epoch != epochs)
            return;
        var figures = $"epoch {report.Epoch,3}/{epochs}  loss {report.TrainLoss:F4}  accuracy {report.TrainAccuracy:F4}";
        var timed = $"{figures}  {report.Seconds:F1} s";
        // Two lines of a narrow terminal would run into the bar.
        string[] forms = report.CompiledKernels
            ? [$"{timed}  {report.RowsPerSecond:N0} rows/s, kernels compiled in it", $"{timed} with compilation", figures]
            : [$"{timed}  {report.RowsPerSecond:N0} rows/s", timed, figures];
        Terminal.WriteLine(forms.FirstOrDefault(form => form.Length < Terminal.Width, figures));
    }
}
