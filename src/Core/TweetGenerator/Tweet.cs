using GpuLstm.Data.Sources;

namespace GpuLstm.TweetGenerator;

/// <summary>A record of the data file.</summary>
/// <param name="Id">The tweet's id; several rewordings of a tweet share it.</param>
/// <param name="Entity">What the tweet is about.</param>
/// <param name="Sentiment">Its label.</param>
/// <param name="Text">Its text; empty where the file has none.</param>
public sealed record Tweet(long Id, string Entity, Sentiment Sentiment, string Text);
