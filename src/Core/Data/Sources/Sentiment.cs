namespace GpuLstm.Data.Sources;

/// <summary>The four labels of the data set.</summary>
public enum Sentiment
{
    Positive,
    Negative,
    Neutral,
    Irrelevant,
}
