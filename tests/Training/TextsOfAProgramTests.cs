using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Training;

namespace GpuLstm.Tests.Training;

/// <summary>A program trains on its own texts, without a file and without a folder.</summary>
public sealed class TextsOfAProgramTests
{
    private static readonly TrainingOptions Options =
        TrainingOptions.Default with { Epochs = 8, HiddenSize = 8, EmbeddingSize = 8 };

    private static IEnumerable<(string Text, string Label)> Tickets => Enumerable.Range(0, 300).Select(
        n => (n % 3) switch
        {
            0 => ($"my bill number {n} is wrong", "billing"),
            1 => ($"parcel {n} never came", "shipping"),
            _ => ($"cannot log in as user {n}", "account"),
        });

    [Fact]
    public async Task A_model_comes_of_texts_and_answers()
    {
        var result = Trainer.Train(Tickets, Options, AcceleratorKind.Cpu);
        Assert.Equal(1, result.Metrics.TestAccuracy);
        using var classifier = new TextClassifier(result.Model, AcceleratorKind.Cpu);
        Assert.Equal("shipping", classifier.Predict(["parcel 17 never came"], CancellationToken.None)[0].ClassName);

        var later = await Trainer.TrainAsync(Tickets.ToAsyncEnumerable(), Options, AcceleratorKind.Cpu);
        Assert.Equal(result.Model.Parameters, later.Model.Parameters);

        using var folder = new TemporaryFolder();
        RunFolder.Save(folder["model"], result.Model);
        Assert.Equal(result.Model.Parameters, TrainedModel.Load(folder["model"]).Parameters);
    }
}
