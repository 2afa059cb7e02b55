using System.Globalization;
using System.Text;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// The worst relative errors of a run by implementation, result and number of steps. Written as Markdown to the file that
/// <c>GPULSTM_ERROR_TABLE</c> names.
/// </summary>
internal sealed class ErrorTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Subject, string Result, int Steps), double> worst = [];

    /// <summary>Notes an error.</summary>
    public void Add(string subject, OracleShape shape, string result, double error)
    {
        lock (gate)
            worst[(subject, result, shape.Steps)] = Math.Max(error, worst.GetValueOrDefault((subject, result, shape.Steps)));
    }

    /// <summary>Writes the table where the environment asks for it.</summary>
    public void WriteIfAsked()
    {
        if (Environment.GetEnvironmentVariable("GPULSTM_ERROR_TABLE") is { } path)
            File.WriteAllText(path, ToString());
    }

    public override string ToString()
    {
        var steps = worst.Keys.Select(key => key.Steps).Distinct().Order().ToList();
        var text = new StringBuilder();
        text.AppendLine($"| result | implementation | {string.Join(" | ", steps.Select(count => $"T = {count}"))} |");
        text.AppendLine($"|---|---|{string.Concat(steps.Select(_ => "---|"))}");
        foreach (var row in worst.Keys.Select(key => (key.Result, key.Subject)).Distinct().Order())
        {
            var errors = steps.Select(count => worst.TryGetValue((row.Subject, row.Result, count), out var error)
                ? error.ToString("0.0e-0", CultureInfo.InvariantCulture)
                : "");
            text.AppendLine($"| {row.Result} | {row.Subject} | {string.Join(" | ", errors)} |");
        }

        return text.ToString();
    }
}
