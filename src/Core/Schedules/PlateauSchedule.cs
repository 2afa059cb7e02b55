using GpuLstm.Kernels.Operations;

namespace GpuLstm.Schedules;

/// <summary>
/// The rate falls by a factor whenever the training loss has not fallen below its least for more epochs than the patience. It is
/// PyTorch's <c>ReduceLROnPlateau</c> with a relative threshold of 1e-4.
/// </summary>
public sealed class PlateauSchedule : LearningRateSchedule
{
    private const string Patience = "patience";
    private const string ReduceFactor = "reduceFactor";
    private const string Rate = "factor";
    private const string Best = "best_loss";
    private const string BadEpochs = "bad_epochs";
    private const double Threshold = 1e-4;

    public override string Name => "plateau";

    public override IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
    [
        new(Patience, 2, 0, 100_000, "Epochs without a smaller loss that are waited for"),
        new(ReduceFactor, 0.5, 0, 1, "What the learning rate is then multiplied by"),
    ];

    public override double Factor(long step, long steps, IReadOnlyDictionary<string, double> state) =>
        state.GetValueOrDefault(Rate, 1);

    public override void EndEpoch(double loss, HyperparameterValues values, IDictionary<string, double> state)
    {
        var best = state.TryGetValue(Best, out var least) ? least : double.MaxValue;
        var isBetter = loss < best * (1 - Threshold);
        var badEpochs = isBetter || !state.TryGetValue(BadEpochs, out var before) ? 0 : before;
        badEpochs += isBetter ? 0 : 1;
        var rate = state.TryGetValue(Rate, out var old) ? old : 1;
        if (badEpochs > values[Patience])
            (rate, badEpochs) = (rate * values[ReduceFactor], 0);
        state[Best] = isBetter ? loss : best;
        state[BadEpochs] = badEpochs;
        state[Rate] = rate;
    }
}
