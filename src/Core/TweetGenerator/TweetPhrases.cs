namespace GpuLstm.TweetGenerator;

/// <summary>
/// What synthetic tweets are put together from. Every name is invented and every phrase written for this project.
/// </summary>
internal static class TweetPhrases
{
    public static readonly string[] Entities =
    [
        "Lanternfall", "Quillrunner", "Moss & Marrow", "Brightkeel Online", "Orbital Gardener", "Captain Pebble 3",
        "Harrowmere", "Voltline, Second Dawn", "Duskball '27", "The \"Tiny\" Mechs",
    ];

    /// <summary>What a clause speaks about; the entity itself is one more.</summary>
    public static readonly string[] Aspects =
    [
        "the story", "the combat", "the soundtrack", "the new map", "the matchmaking", "the price", "the final boss",
        "the update",
        "the tutorial", "the art style", "the menu", "the ending",
    ];

    public static readonly string[] GoodAdjectives =
    [
        "good", "great", "fun", "brilliant", "lovely", "amazing", "smooth", "clever", "beautiful", "polished", "charming",
        "awesome", "nice", "excellent",
        "fantastic", "perfect", "cool", "wonderful", "incredible", "solid", "stunning", "exciting", "gorgeous", "satisfying",
        "addictive", "impressive", "funny",
        "creative", "rewarding", "relaxing", "enjoyable", "pleasant", "superb", "outstanding", "memorable",
        "cute", "interesting", "fair", "touching", "friendly", "colorful", "epic", "thrilling",
    ];

    public static readonly string[] BadAdjectives =
    [
        "bad", "awful", "boring", "terrible", "broken", "clumsy", "ugly", "annoying", "slow", "tedious", "messy", "horrible",
        "frustrating", "disappointing",
        "stupid", "dull", "repetitive", "poor", "weak", "confusing", "stiff", "empty", "lifeless", "unfair", "laggy", "buggy",
        "outdated", "lazy", "clunky",
        "pointless", "useless", "bland", "dumb", "unfinished", "predictable", "painful",
        "toxic", "greedy", "ridiculous", "awkward", "shallow", "glitchy", "lame", "blurry",
    ];

    public static readonly string[] GoodVerbs = ["love", "enjoy", "like", "adore", "recommend", "trust"];

    public static readonly string[] BadVerbs = ["hate", "regret", "dislike", "dread", "resent", "avoid"];

    /// <summary>What stands between an aspect and its adjective.</summary>
    public static readonly string[] Links = ["is", "is really", "is so", "feels", "looks", "feels pretty"];

    /// <summary>Links that turn the adjective behind them into its opposite.</summary>
    public static readonly string[] NegatedLinks =
        ["is not", "is never", "isn't", "is hardly", "is far from", "does not feel"];

    /// <summary>What stands before a verb, with the subject.</summary>
    public static readonly string[] Subjects = ["i", "i really", "i still", "we all", "my friends and i", "i just"];

    /// <summary>Subjects that turn the verb behind them into its opposite.</summary>
    public static readonly string[] NegatedSubjects =
    [
        "i don't", "i do not", "i could never", "i can't", "nobody here would", "i never",
    ];

    /// <summary>Join two clauses of which the second decides.</summary>
    public static readonly string[] Contrasts = ["but", ", but", "yet", "but honestly", ", still", "however", "but in the end"];

    /// <summary>Open the first of two clauses of which the second decides; a comma parts them.</summary>
    public static readonly string[] Concessions = ["even though", "although", "sure", "while", "yes"];

    /// <summary>Say nothing about the sentiment, though some hold words that do so elsewhere.</summary>
    public static readonly string[] Openers =
        [
            "honestly", "ok so", "update:", "not gonna lie", "no joke", "well", "good morning,", "sorry but", "day 12:",
            "my 2 cents:",
        ];

    public static readonly string[] Closers =
        [
            "after the patch", "today", "on my old laptop", "again", "this season", "in hard mode", "with friends", "lol",
            "no doubt", "#gaming",
        ];

    public static readonly string[] GoodEmoji = ["😀", "😍", "🎉", "👍", "❤️"];

    public static readonly string[] BadEmoji = ["😡", "👎", "😴", "🤦", "💔"];

    public static readonly string[] OtherEmoji = ["🎮", "👀", "🤷‍♀️", "🐸", "☕"];
}
