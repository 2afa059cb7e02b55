namespace GpuLstm.Data;

/// <summary>The words that <see cref="TweetSynthesizer"/> builds tweets from. Every game is made up.</summary>
internal static class TweetPhrases
{
    public static readonly string[] Entities =
    [
        "StarHarbor", "Moss & Iron", "Kart Kingdom", "DeepDrift", "Pixel Orchard", "Nightferry", "Rally Ghost", "CloudSmith",
        "Tiny Empires", "Echo Vale",
    ];

    public static readonly string[] Aspects =
    [
        "the new map", "the soundtrack", "matchmaking", "the story", "the last update", "the tutorial", "co-op mode", "the art style",
        "the server browser", "the loot system", "the camera", "the control scheme", "the final boss", "the menu", "crossplay", "the season pass",
        "the dialogue", "the physics engine", "the price", "the voice chat",
    ];

    public static readonly string[] GoodAdjectives =
    [
        "amazing", "great", "fantastic", "so good", "beautiful", "brilliant", "smooth", "clever", "lovely", "a joy", "fun", "worth it",
        "superb", "polished", "addictive", "charming",
    ];

    public static readonly string[] BadAdjectives =
    [
        "terrible", "awful", "broken", "so bad", "boring", "a mess", "laggy", "clumsy", "unfair", "a disaster", "annoying", "a waste",
        "dreadful", "unplayable", "repetitive", "ugly",
    ];

    public static readonly string[] GoodVerbs = ["love", "adore", "enjoy", "can recommend", "am impressed by", "keep coming back to"];

    public static readonly string[] BadVerbs = ["hate", "regret buying", "am tired of", "can't stand", "am disappointed by", "want a refund for"];

    public static readonly string[] GoodEndings = ["", "", "", " :)", " 😍", " 🎉", " 👍", "!!", " what a week", " ❤️"];

    public static readonly string[] BadEndings = ["", "", "", " :(", " 😡", " 👎", " 🤦", "...", " never again", " 💀"];

    public static readonly string[] AnyEndings = ["", "", " lol", " tbh", " 🙂", " #gaming", " imo", " 🎮"];

    public static readonly string[] Intensifiers = ["", "", "", "really ", "just ", "honestly ", "absolutely ", "kind of "];

    public static readonly string[] Openings = ["", "", "", "ok so ", "wow, ", "hmm, ", "hey @devs ", "RT: ", "dear diary: ", "update: "];

    public static readonly string[] Neutral =
    [
        "{0} patch notes are out, {1} changes on monday", "does {0} run on older machines?", "I am streaming {0} at eight, we look at {1}",
        "a poll: did you play {0} this week", "{0} leaves early access in may", "reading about {1} in {0}, more later",
        "my brother plays {0} on his phone", "anyone else on {0} tonight? we try {1}",
    ];

    public static readonly string[] Irrelevant =
    [
        "my cat sat on the keyboard again", "selling two tickets for saturday", "coffee first, then the world",
        "who else forgot the password of everything", "it rains here since tuesday", "new haircut, same face",
        "\"no\" is a full sentence", "bread is just slow toast, think about it",
    ];
}
