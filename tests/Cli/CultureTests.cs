using System.Globalization;

namespace GpuLstm.Tests.Cli;

/// <summary>The program prints the same in every country, also where the environment has it look for countries.</summary>
public sealed class CultureTests
{
    private static readonly Lazy<bool> KnowsCountries = new(
        () => CliProcess.RunWith(Of("de_DE.UTF-8"), "--version").ExitCode == 0);

    [SkippableTheory]
    [InlineData("de_DE.UTF-8")] // a comma before decimals
    [InlineData("tr_TR.UTF-8")] // a capital letter of its own for i
    [InlineData("th_TH.UTF-8")] // years that are 543 more
    public void Numbers_dates_and_names_are_those_of_no_country(string country)
    {
        TestDevices.SkipUnless(KnowsCountries.Value, "icu", "no ICU library on this machine");
        var trained = Run(country, "train", "--accelerator", "CPU", "--hidden", "4", "--epochs", "1", "--limit", "100");
        var run = trained.Split("the model is in ")[1].Split(';')[0];
        using var made = new MadeFolder(Path.Combine(Path.GetTempPath(), run));
        Assert.Contains("test accuracy 0.", trained, StringComparison.Ordinal);
        Assert.StartsWith(
            Path.Combine("runs", DateTime.UtcNow.ToString("yyyy", CultureInfo.InvariantCulture)[..3]), run,
            StringComparison.Ordinal);
        var predicted = Run(country, "predict", "--model", made.Path, "--accelerator", "CPU", "I LIKE IT");
        Assert.Matches("^(Positive|Negative)\t0\\.[0-9]{4}\tI LIKE IT$", predicted.Trim());
        var refused = CliProcess.RunWith(Of(country), "train", "--learning-rate", "-0.5");
        Assert.StartsWith("error: --learning-rate -0.5 is out of range", refused.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Tables_are_those_of_no_country()
    {
        TestDevices.SkipUnless(KnowsCountries.Value, "icu", "no ICU library on this machine");
        Assert.Equal(Run("C", "data", "describe"), Run("de_DE.UTF-8", "data", "describe"));
    }

    private static Dictionary<string, string> Of(string country) =>
        new() { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "false", ["LC_ALL"] = country };

    private static string Run(string country, params string[] arguments)
    {
        var result = CliProcess.RunWith(Of(country), arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    /// <summary>A folder that goes away with the test.</summary>
    private sealed class MadeFolder(string path) : IDisposable
    {
        public string Path => path;

        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
