using System.Text.RegularExpressions;
using GpuLstm.Data.Sources;
using static GpuLstm.TweetGenerator.TweetPhrases;

namespace GpuLstm.TweetGenerator;

/// <summary>
/// Roughens synthetic tweets: openers and closers, emoji, quotes, line breaks, letter case, ends of sentences and typos.
/// </summary>
internal sealed partial class TweetNoise(PhrasePicker picker)
{
    private const double OpenerShare = 0.20;
    private const double CloserShare = 0.25;
    private const double LineBreakShare = 0.15;
    private const double QuotedShare = 0.04;
    private const double EmojiShare = 0.20;
    private const double FittingEmojiShare = 0.55;
    private const double TypoShare = 0.06;
    private const double CarefulShare = 0.50;
    private const double CarefulEndShare = 0.80;
    private const double CarelessEndShare = 0.10;
    private const double FullStopShare = 0.80;
    private const double ShoutedShare = 0.03;
    private const int ShortestWordWithTypo = 4;

    /// <summary>The text as someone in a hurry might have posted it.</summary>
    public string Roughen(string text, Sentiment sentiment)
    {
        if (picker.Chance(TypoShare))
            text = WithTypo(text);
        if (picker.Chance(QuotedShare))
            text = $"\"{text}\"";
        if (picker.Chance(OpenerShare))
            text = $"{picker.Pick(Openers)}{Gap()}{text}";
        if (picker.Chance(CloserShare))
            text = $"{text}{Gap()}{picker.Pick(Closers)}";

        if (picker.Chance(ShoutedShare))
            text = text.ToUpperInvariant();
        else
            text = picker.Chance(CarefulShare) ? WithEnd(WithCapitals(text), CarefulEndShare) : WithEnd(text, CarelessEndShare);
        return picker.Chance(EmojiShare) ? $"{text} {Emoji(sentiment)}" : text;
    }

    private string Gap() => picker.Chance(LineBreakShare) ? "\n" : " ";

    private string Emoji(Sentiment sentiment)
    {
        if (!picker.Chance(FittingEmojiShare))
            return picker.Pick(picker.Pick([GoodEmoji, BadEmoji, OtherEmoji]));

        return picker.Pick(sentiment switch
        {
            Sentiment.Positive => GoodEmoji,
            Sentiment.Negative => BadEmoji,
            _ => OtherEmoji,
        });
    }

    /// <summary>A capital at the beginning, and for oneself.</summary>
    private static string WithCapitals(string text)
    {
        text = OneselfInSmall().Replace(text, "I");
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}";
    }

    /// <summary>Ends a sentence that has no end yet.</summary>
    private string WithEnd(string text, double share) =>
        char.IsLetterOrDigit(text[^1]) && picker.Chance(share) ? $"{text}{(picker.Chance(FullStopShare) ? '.' : '!')}" : text;

    /// <summary>Drops a letter of one word, doubles it, or swaps it with the next; a short word stays as it is.</summary>
    private string WithTypo(string text)
    {
        var words = text.Split(' ');
        var place = picker.Between(0, words.Length - 1);
        var word = words[place];
        if (word.Length < ShortestWordWithTypo)
            return text;

        var letter = picker.Between(1, word.Length - 2);
        words[place] = picker.Between(0, 2) switch
        {
            0 => word.Remove(letter, 1),
            1 => word.Insert(letter, word[letter].ToString()),
            _ => $"{word[..letter]}{word[letter + 1]}{word[letter]}{word[(letter + 2)..]}",
        };
        return string.Join(' ', words);
    }

    [GeneratedRegex(@"\bi\b", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex OneselfInSmall();
}
