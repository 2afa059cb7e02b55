using GpuLstm.Model;

namespace GpuLstm.Cli.Commands;

/// <summary>A data file.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Shown">What the user knows it by.</param>
/// <param name="IsGiven">False for the one that the model names.</param>
internal sealed record DataFile(string Path, string Shown, bool IsGiven)
{
    /// <summary>One that the user gave.</summary>
    public static DataFile Given(string path) => new(path, path, IsGiven: true);

    /// <summary>The one that a model was trained on.</summary>
    /// <exception cref="UserErrorException">The model's version did not keep the file's hash.</exception>
    public static DataFile OfTraining(RunConfig config, string folder)
    {
        if (config.DataSha256 is null)
        {
            throw new UserErrorException(
                $"'{folder}' has format version {config.FormatVersion}, which does not know its file of training again; "
                + $"give a file by --data, or train again");
        }

        return config.Data == SampleData.Name
            ? new(SampleData.Path, "the built-in sample", IsGiven: false)
            : new(config.Data, config.Data, IsGiven: false);
    }
}
