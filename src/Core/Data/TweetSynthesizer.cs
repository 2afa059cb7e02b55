using System.Globalization;
using static GpuLstm.Data.TweetPhrases;

namespace GpuLstm.Data;

/// <summary>
/// Writes made-up tweets about made-up games that are a real task all the same: negation and contrast decide the
/// sentiment where single words mislead, each tweet comes in several rewordings, and there are typos, emoji, quotes,
/// line breaks, chatter without sentiment, rows without text and a few wrong labels. Same seed, same bytes.
/// </summary>
public static class TweetSynthesizer
{
    private const int MostRewordings = 5;
    private const double ChatterShare = 0.3;
    private const double EmptyShare = 0.01;
    private const double WrongLabelShare = 0.02;
    private const double TypoShare = 0.15;
    private const double LineBreakShare = 0.05;
    private const double ShoutShare = 0.05;

    /// <summary>Writes a CSV that <see cref="TweetFile.Read"/> reads.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="rows">Records to write.</param>
    /// <param name="seed">Decides everything.</param>
    public static void Write(Stream stream, int rows, uint seed) => TweetFile.Write(stream, Generate(rows, new NumpyRandom(seed)));

    private static IEnumerable<Tweet> Generate(int rows, NumpyRandom random)
    {
        var written = 0;
        for (var id = 1L; written < rows; id++)
        {
            var sentiment = DrawSentiment(random);
            var (entity, aspect) = (Pick(Entities, random), Pick(Aspects, random));
            var rewordings = Math.Min(rows - written, 1 + random.NextBelow(MostRewordings));
            for (var n = 0; n < rewordings; n++)
            {
                yield return new Tweet(id, entity, Label(sentiment, random), Text(sentiment, entity, aspect, random));
                written++;
            }
        }
    }

    private static Sentiment DrawSentiment(NumpyRandom random)
    {
        if (Chance(ChatterShare, random))
            return Chance(0.6, random) ? Sentiment.Neutral : Sentiment.Irrelevant;
        return Chance(0.52, random) ? Sentiment.Negative : Sentiment.Positive;
    }

    private static Sentiment Label(Sentiment sentiment, NumpyRandom random)
    {
        if (!Chance(WrongLabelShare, random))
            return sentiment;
        return sentiment switch
        {
            Sentiment.Positive => Sentiment.Negative,
            Sentiment.Negative => Sentiment.Positive,
            Sentiment.Neutral => Sentiment.Irrelevant,
            _ => Sentiment.Neutral,
        };
    }

    private static string Text(Sentiment sentiment, string entity, string aspect, NumpyRandom random)
    {
        if (Chance(EmptyShare, random))
            return "";
        var text = sentiment switch
        {
            Sentiment.Neutral => string.Format(CultureInfo.InvariantCulture, Pick(Neutral, random), entity, aspect),
            Sentiment.Irrelevant => Pick(Irrelevant, random),
            _ => Pick(Openings, random) + Opinion(sentiment == Sentiment.Positive, entity, aspect, random),
        };
        text += Ending(sentiment, random);
        if (Chance(TypoShare, random))
            text = Misspell(text, random);
        if (Chance(LineBreakShare, random))
            text = text.Replace(", ", ",\n", StringComparison.Ordinal) + "\n#" + entity.Split(' ')[0];
        return Chance(ShoutShare, random) ? text.ToUpperInvariant() : text;
    }

    /// <summary>One of several ways to say it; in half of them a word of the other side is turned round.</summary>
    private static string Opinion(bool good, string entity, string aspect, NumpyRandom random)
    {
        var (adjective, opposite) = good
            ? (Pick(GoodAdjectives, random), Pick(BadAdjectives, random))
            : (Pick(BadAdjectives, random), Pick(GoodAdjectives, random));
        var (verb, oppositeVerb) = good
            ? (Pick(GoodVerbs, random), Pick(BadVerbs, random))
            : (Pick(BadVerbs, random), Pick(GoodVerbs, random));
        var other = Pick(Aspects, random);
        var very = Pick(Intensifiers, random);
        return random.NextBelow(10) switch
        {
            0 => $"{aspect} in {entity} is {very}{adjective}",
            1 => $"I {very}{verb} {aspect} in {entity}",
            2 => $"{aspect} of {entity} is not {opposite} at all",
            3 => $"they said {entity} would be \"{opposite}\", but {aspect} is {very}{adjective}",
            4 => $"{other} was {opposite} once, now {aspect} makes {entity} {adjective}",
            5 => $"I never said I {oppositeVerb} {entity}, I {very}{verb} it",
            6 => $"nobody can call {aspect} {opposite}, {entity} is {adjective}",
            7 => $"{entity} again today, {very}{adjective}, {aspect} above all",
            8 => $"thought I would {(good ? "hate" : "love")} {entity}, turns out {aspect} is {adjective}",
            _ => $"sure, {other} is {opposite}, but {entity} as a whole is {very}{adjective}",
        };
    }

    private static string Ending(Sentiment sentiment, NumpyRandom random) => sentiment switch
    {
        Sentiment.Positive when Chance(0.4, random) => Pick(GoodEndings, random),
        Sentiment.Negative when Chance(0.4, random) => Pick(BadEndings, random),
        _ => Pick(AnyEndings, random),
    };

    /// <summary>Swaps two neighbouring letters.</summary>
    private static string Misspell(string text, NumpyRandom random)
    {
        var at = random.NextBelow(Math.Max(1, text.Length - 1));
        if (at + 1 >= text.Length || !char.IsAsciiLetter(text[at]) || !char.IsAsciiLetter(text[at + 1]))
            return text;
        return text[..at] + text[at + 1] + text[at] + text[(at + 2)..];
    }

    private static bool Chance(double share, NumpyRandom random) => random.NextDouble() < share;

    private static string Pick(string[] choices, NumpyRandom random) => choices[random.NextBelow(choices.Length)];
}
