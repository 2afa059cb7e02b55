using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Data;
using GpuLstm.Data.Sources;
using GpuLstm.Model;

namespace GpuLstm.Cli.Commands;

/// <summary>A file or folder of labelled texts, or standard input.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Shown">What the user knows it by.</param>
/// <param name="IsGiven">False for the one that the model names.</param>
internal sealed record DataFile(string Path, string Shown, bool IsGiven)
{
    /// <summary>How standard input is given.</summary>
    private const string StandardInputPath = "-";

    /// <summary>The sample that travels with the program.</summary>
    public static DataFile Sample { get; } = new(SampleData.Path, "the built-in sample", IsGiven: false);

    /// <summary>Whether it is standard input.</summary>
    public bool IsStandardInput => IsGiven && Path == StandardInputPath;

    /// <summary>Whether it is there.</summary>
    public bool Exists => IsStandardInput || File.Exists(Path) || Directory.Exists(Path);

    /// <summary>One that the user gave.</summary>
    public static DataFile Given(string path) =>
        new(path, path == StandardInputPath ? "standard input" : path, IsGiven: true);

    /// <summary>The one that a model was trained on: of its name, in the folder where the program was started.</summary>
    /// <exception cref="UserErrorException">The model's version did not keep the file's hash.</exception>
    public static DataFile OfTraining(RunConfig config, string folder)
    {
        if (config.DataSha256 is null)
        {
            throw new UserErrorException(
                $"'{folder}' has format version {config.FormatVersion}, which does not know its file of training again; "
                + $"give a file by --data, or train again");
        }

        return config.Data == SampleData.Name && config.DataSha256 == SampleData.Sha256()
            ? Sample
            : new(config.Data, config.Data, IsGiven: false);
    }

    /// <summary>Reads it.</summary>
    /// <inheritdoc cref="LabelledTexts.FromFile"/>
    public LabelledTexts Read(
        TokenKind kind, ReadOptions options, IReadOnlyList<string>? labels, int? threads, CancellationToken cancellation)
    {
        if (!IsStandardInput)
        {
            return ShownProgress.Show(
                "reading", Shown,
                progress => LabelledTexts.FromFile(Path, kind, options, labels, threads, progress, cancellation));
        }

        using var stream = StandardInput.OpenStream(cancellation);
        if (Console.IsInputRedirected)
            return ShownProgress.Show("reading", Shown, Read);
        Terminal.Note($"waiting for labelled texts, as a file has them; end with {StandardInput.EndKeys}");
        return Read(null);

        LabelledTexts Read(IProgress<ReadingProgress>? progress) =>
            LabelledTexts.FromStream(stream, Shown, kind, options, labels, threads, progress, cancellation);
    }
}
