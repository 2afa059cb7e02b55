using GpuLstm.Data.Sources;
using static GpuLstm.TweetGenerator.TweetPhrases;

namespace GpuLstm.TweetGenerator;

/// <summary>
/// Puts synthetic tweets together. What a tweet says is drawn once; each rewording then draws its words anew.
/// </summary>
internal sealed class TweetComposer(PhrasePicker picker)
{
    private const double SpeechShare = 0.8;
    private const double EitherShare = 0.6;
    private const double SingleClauseShare = 0.45;
    private const double ContrastShare = 0.38;
    private const double NegatedShare = 0.20;
    private const double VerbShare = 0.35;
    private const double EntityAspectShare = 0.25;

    private readonly TweetSlots slots = new(picker);

    /// <summary>One statement: praise or blame of an aspect, straight or by negating the opposite.</summary>
    private sealed record Clause(string Aspect, bool IsGood, bool IsNegated, bool HasVerb);

    /// <summary>Draws what a tweet of the sentiment says and returns what words it, differently each time.</summary>
    public Func<string> Compose(Sentiment sentiment, string entity) => sentiment switch
    {
        Sentiment.Positive => Opinion(isGood: true, entity),
        Sentiment.Negative => Opinion(isGood: false, entity),
        Sentiment.Neutral => Message(TweetChatter.Neutral, entity),
        _ => Message(TweetChatter.Irrelevant, entity),
    };

    private Func<string> Opinion(bool isGood, string entity)
    {
        if (picker.Chance(SpeechShare))
            return Speech(isGood, entity);
        if (picker.Chance(SingleClauseShare))
        {
            var only = Draw(isGood, entity);
            return () => Word(only);
        }

        if (!picker.Chance(ContrastShare / (1 - SingleClauseShare)))
            return Message(isGood ? TweetChatter.Good : TweetChatter.Bad, entity);

        var (first, deciding) = (Draw(!isGood, entity), Draw(isGood, entity));
        return picker.Chance(0.7)
            ? () => $"{Word(first)} {picker.Pick(Contrasts)} {Word(deciding)}".Replace(" ,", ",")
            : () => $"{picker.Pick(Concessions)} {Word(first)}, {Word(deciding)}";
    }

    private Func<string> Speech(bool isGood, string entity)
    {
        var wordings = picker.Pick(picker.Chance(EitherShare) ? TweetSpeech.Either : isGood ? TweetSpeech.Good : TweetSpeech.Bad);
        return () => slots.Fill(picker.Pick(wordings), isGood, entity);
    }

    private Func<string> Message(string[][] messages, string entity)
    {
        var wordings = picker.Pick(messages);
        return () => string.Format(picker.Pick(wordings), entity);
    }

    private Clause Draw(bool isGood, string entity) => new(
        picker.Chance(EntityAspectShare) ? entity : picker.Pick(Aspects), isGood, picker.Chance(NegatedShare),
        picker.Chance(VerbShare));

    private string Word(Clause clause)
    {
        var usesGoodWord = clause.IsGood != clause.IsNegated;
        if (clause.HasVerb)
        {
            var subject = picker.Pick(clause.IsNegated ? NegatedSubjects : Subjects);
            return $"{subject} {picker.Pick(usesGoodWord ? GoodVerbs : BadVerbs)} {clause.Aspect}";
        }

        var link = picker.Pick(clause.IsNegated ? NegatedLinks : Links);
        return $"{clause.Aspect} {link} {picker.Pick(usesGoodWord ? GoodAdjectives : BadAdjectives)}";
    }
}
