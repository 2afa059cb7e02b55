using GpuLstm.Data;

namespace GpuLstm.Model;

/// <summary>A model read back from its run folder.</summary>
/// <param name="Config">How it was trained.</param>
/// <param name="Vocabulary">Its tokens.</param>
/// <param name="Options">Its shape.</param>
/// <param name="Parameters">Its parameters, flat in <see cref="ParameterLayout"/>'s order.</param>
public sealed record TrainedModel(RunConfig Config, Vocabulary Vocabulary, ModelOptions Options, float[] Parameters)
{
    /// <summary>Reads <c>config.json</c>, <c>vocabulary.json</c> and <c>model.safetensors</c>.</summary>
    /// <exception cref="UserErrorException">A file is missing, foreign or damaged, or they do not fit each other.</exception>
    public static TrainedModel Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserErrorException($"there is no folder '{folder}'; give the folder of a trained model as --model");
        var config = RunConfig.Load(Path.Combine(folder, "config.json"));
        var vocabulary = Vocabulary.Load(Path.Combine(folder, "vocabulary.json"));
        var options = config.Training.Model(vocabulary);
        return new TrainedModel(
            config, vocabulary, options, SafetensorsFile.ReadInto(Path.Combine(folder, "model.safetensors"), new ParameterLayout(options)));
    }
}
