using GpuLstm.Data;
using GpuLstm.Schedules;

namespace GpuLstm.Options;

/// <summary>What options must be.</summary>
public sealed partial record TrainingOptions
{
    private const int MaxFeatureSize = 4_096;

    /// <summary>Rejects what cannot be trained with.</summary>
    /// <exception cref="UserErrorException">A property is out of range; the message names it.</exception>
    public void Check()
    {
        Setting.Epochs.RequireInRange(Epochs, 0, 100_000);
        Setting.BatchSize.RequireInRange(BatchSize, 1, 65_536);
        Setting.EmbeddingSize.RequireInRange(EmbeddingSize, 1, 4_096);
        Setting.HiddenSize.RequireInRange(HiddenSize, 1, 4_096);
        Setting.Layers.RequireInRange(Layers, 1, MaxLayers);
        Setting.MaxLength.RequireInRange(MaxLength, 1, 65_536);
        Setting.MinCount.RequireInRange(MinCount, 1, 1_000_000_000);
        if (!(LearningRate > 0 && LearningRate <= 10))
        {
            throw new UserErrorException(
                $"{Setting.LearningRate} {LearningRate} is out of range: give a number above 0, 10 at most");
        }

        if (!(LabelSmoothing >= 0 && LabelSmoothing < 1))
        {
            throw new UserErrorException(
                $"{Setting.LabelSmoothing} {LabelSmoothing} is out of range: give a number from 0 to below 1");
        }

        CheckPairs();
        CheckNgrams();
        CheckDropout();
        CheckStart();
        if (ClassWeights is not (NoClassWeights or BalancedClasses) && GivenClassWeights() is null)
        {
            throw new UserErrorException(
                $"{Setting.ClassWeights} '{ClassWeights}' is neither {BalancedClasses} nor numbers from {MinClassWeight} with "
                + $"commas between");
        }

        if (ClipNorm is { } norm && !(norm >= MinClipNorm && double.IsFinite(norm)))
            throw new UserErrorException($"{Setting.ClipNorm} {norm} is out of range: give a number from {MinClipNorm}");
        if (AverageDecay is { } decay && !(decay > 0 && decay < 1))
            throw new UserErrorException($"{Setting.AverageDecay} {decay} is out of range: give a number between 0 and 1");
        RequireKnown(Setting.Optimizer, Optimizer, Kernels.Operations.Optimizer.All.Select(rule => rule.Name));
        RequireKnown(Setting.Schedule, Schedule, LearningRateSchedule.All.Select(schedule => schedule.Name));
        Setting.WarmupSteps.RequireInRange(WarmupSteps, 0, 1_000_000_000);
        foreach (var (name, value) in Hyperparameters.All)
            Check(name, value);
    }

    private void CheckPairs()
    {
        Setting.PairRows.RequireInRange(PairRows, PairOptions.MinRows, PairOptions.MaxRows);
        Setting.PairSize.RequireInRange(PairSize ?? 1, 1, MaxFeatureSize);
        if (Pairs is null && (PairSize is not null || PairRows != DefaultRows))
        {
            throw new UserErrorException(
                $"{Setting.PairRows} and {Setting.PairSize} are of embeddings of pairs, and there are none; give {Setting.Pairs} "
                + $"too");
        }

        CheckFeature(Pairs, PairSize, Setting.Pairs, Setting.PairSize);
    }

    private void CheckNgrams()
    {
        Setting.NgramRows.RequireInRange(NgramRows, 1, NgramOptions.MaxRows);
        Setting.NgramSize.RequireInRange(NgramSize ?? 1, 1, MaxFeatureSize);
        Setting.MinNgram.RequireInRange(MinNgram, 1, NgramOptions.MaxLength);
        Setting.MaxNgram.RequireInRange(MaxNgram, 1, NgramOptions.MaxLength);
        var isPlain = NgramSize is null && NgramRows == DefaultRows && (MinNgram, MaxNgram) == (DefaultMinNgram, DefaultMaxNgram);
        if (Ngrams is null && !isPlain)
        {
            throw new UserErrorException(
                $"{Setting.NgramRows}, {Setting.NgramSize}, {Setting.MinNgram} and {Setting.MaxNgram} are of embeddings of "
                + $"n-grams, and there are none; give {Setting.Ngrams} too");
        }

        if (Ngrams is not null && Tokens != TokenKind.Word)
        {
            throw new UserErrorException(
                $"{Setting.Ngrams} needs words as tokens; leave it out, or give words by {Setting.Tokens}");
        }

        if (MinNgram > MaxNgram)
        {
            throw new UserErrorException(
                $"{Setting.MinNgram} {MinNgram} is above {Setting.MaxNgram} {MaxNgram}; give a smaller one, or a larger "
                + $"{Setting.MaxNgram}");
        }

        CheckFeature(Ngrams, NgramSize, Setting.Ngrams, Setting.NgramSize);
    }

    private void CheckFeature(FeatureJoin? join, int? size, Setting joinSetting, Setting sizeSetting)
    {
        if (join == FeatureJoin.Sum && size is { } width && width != EmbeddingSize)
        {
            throw new UserErrorException(
                $"{joinSetting} sum adds embeddings of {EmbeddingSize} and {width} numbers; leave {sizeSetting} out, or "
                + $"append them by {joinSetting}");
        }

        if (join is not null && AverageDecay is not null)
        {
            throw new UserErrorException(
                $"{Setting.AverageDecay} would average all rows of a large table in every step; leave it out, or {joinSetting}");
        }
    }

    private void CheckDropout()
    {
        foreach (var (setting, rate) in new[]
        {
            (Setting.EmbeddingDropout, EmbeddingDropout), (Setting.LayerDropout, LayerDropout),
            (Setting.RecurrentDropout, RecurrentDropout), (Setting.HeadDropout, HeadDropout),
            (Setting.TokenDropout, TokenDropout),
        })
        {
            if (!(rate >= 0 && rate < 1))
                throw new UserErrorException($"{setting} {rate} is out of range: give a number from 0 to below 1");
        }

        if (LayerDropout > 0 && Layers == 1)
        {
            throw new UserErrorException(
                $"{Setting.LayerDropout} drops between a layer and the one above it, and there is one layer; give 2 "
                + $"{Setting.Layers} or more, or leave it out");
        }

        if (RecurrentDropout > 0 && HiddenSize == 1)
        {
            throw new UserErrorException(
                $"{Setting.RecurrentDropout} would drop the only hidden unit, and all of a text with it; give more "
                + $"{Setting.HiddenSize}, or leave it out");
        }
    }

    private void CheckStart()
    {
        if (ForgetBias is { } bias && !(Math.Abs(bias) <= MaxForgetBias))
        {
            throw new UserErrorException(
                $"{Setting.ForgetBias} {bias} is out of range: give a number from {-MaxForgetBias} to {MaxForgetBias}");
        }

        if (!(EmbeddingScale > 0 && EmbeddingScale <= MaxEmbeddingScale))
        {
            throw new UserErrorException(
                $"{Setting.EmbeddingScale} {EmbeddingScale} is out of range: give a number above 0, {MaxEmbeddingScale} at most");
        }

        if (FreezeEmbedding && Vectors is null)
        {
            throw new UserErrorException(
                $"{Setting.FreezeEmbedding} keeps the vectors that the embedding begins with; give some by {Setting.Vectors}");
        }
    }

    private void Check(string name, double value)
    {
        var hyperparameter = KnownHyperparameters.FirstOrDefault(known => known.Name == name)
            ?? throw new UserErrorException(
                $"{Setting.Of(name)} is of another optimizer or schedule than {Optimizer} and {Schedule}; leave it out");
        if (!(value >= hyperparameter.Min && value <= hyperparameter.Max))
        {
            throw new UserErrorException(
                $"{Setting.Of(name)} {value} is out of range: give a number from {hyperparameter.Min} to {hyperparameter.Max}");
        }
    }

    private static void RequireKnown(Setting setting, string name, IEnumerable<string> names)
    {
        if (!names.Contains(name))
            throw new UserErrorException($"{setting} '{name}' is not one of: {string.Join(", ", names)}");
    }
}
