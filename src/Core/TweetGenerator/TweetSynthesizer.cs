using GpuLstm.Data;
using GpuLstm.Data.Sources;

namespace GpuLstm.TweetGenerator;

/// <summary>
/// Makes synthetic tweets to try the program on without the real data: the same columns and sentiments, a few rewordings
/// of each tweet in a row, negations and contrasts that single words do not give away, and some wrong labels.
/// </summary>
public static class TweetSynthesizer
{
    private const int FirstId = 1000;
    private const int LargestIdStep = 3;
    private const int FewestRewordings = 2;
    private const int MaxRewordings = 6;
    private const double NegativeShare = 0.47;
    private const double PositiveShare = 0.45;
    private const double NeutralShare = 0.05;
    private const double EmptyShare = 0.01;
    private const double WrongLabelShare = 0.02;

    /// <summary>Writes rows as a tweet file; the same numbers always give the same bytes.</summary>
    /// <param name="stream">Where the file goes; it stays open.</param>
    /// <param name="rows">How many records.</param>
    /// <param name="seed">What the random draws start from.</param>
    /// <param name="cancellation">Looked at between records.</param>
    /// <exception cref="OperationCanceledException">Cancelled; a part of the file is written.</exception>
    public static void Write(Stream stream, int rows, uint seed, CancellationToken cancellation = default) =>
        TweetFile.Write(stream, Tweets(new PhrasePicker(new NumpyRandom(seed))).Take(rows).TakeWhile(_ =>
        {
            cancellation.ThrowIfCancellationRequested();
            return true;
        }));

    private static IEnumerable<Tweet> Tweets(PhrasePicker picker)
    {
        var composer = new TweetComposer(picker);
        var noise = new TweetNoise(picker);
        for (long id = FirstId; ; id += picker.Between(1, LargestIdStep))
        {
            var sentiment = DrawSentiment(picker);
            var entity = picker.Pick(TweetPhrases.Entities);
            var reword = composer.Compose(sentiment, entity);
            for (var left = picker.Between(FewestRewordings, MaxRewordings); left > 0; left--)
            {
                var text = picker.Chance(EmptyShare) ? "" : noise.Roughen(reword(), sentiment);
                yield return new Tweet(id, entity, picker.Chance(WrongLabelShare) ? Opposite(sentiment) : sentiment, text);
            }
        }
    }

    private static Sentiment DrawSentiment(PhrasePicker picker)
    {
        if (picker.Chance(NegativeShare))
            return Sentiment.Negative;
        if (picker.Chance(PositiveShare / (1 - NegativeShare)))
            return Sentiment.Positive;

        return picker.Chance(NeutralShare / (1 - NegativeShare - PositiveShare)) ? Sentiment.Neutral : Sentiment.Irrelevant;
    }

    private static Sentiment Opposite(Sentiment sentiment) => sentiment switch
    {
        Sentiment.Positive => Sentiment.Negative,
        Sentiment.Negative => Sentiment.Positive,
        Sentiment.Neutral => Sentiment.Irrelevant,
        _ => Sentiment.Neutral,
    };
}
