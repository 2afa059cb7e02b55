using System.Text.RegularExpressions;
using static GpuLstm.TweetGenerator.TweetPhrases;

namespace GpuLstm.TweetGenerator;

/// <summary>
/// Fills the slots of <see cref="TweetSpeech"/>. {fit}, {fitter}, {fittest}, {verb} and {verbed} get words of the tweet's own
/// sentiment, {unfit} and {unverb} of the other one, {game}, {thing}, {things}, {noun}, {nouns} and {very} words of neither.
/// </summary>
internal sealed partial class TweetSlots(PhrasePicker picker)
{
    private const double EntityShare = 0.2;

    private static readonly string[] Games = ["this game", "the game", "it"];

    private static readonly string[] Things =
    [
        "the story", "the music", "the soundtrack", "the gameplay", "the combat", "the map", "the world", "the price",
        "the ending", "the update", "the new season",
        "the multiplayer", "the campaign", "the design", "the voice acting", "the art", "the plot", "the camera", "the tutorial",
        "the new patch", "the level design", "the atmosphere", "the driving",
        "the dialogue", "the writing", "the main character", "the building system", "the crafting", "the interface", "the sound",
        "the performance", "the lighting",
        "the open world", "the last level", "the matchmaking", "the co-op", "everything", "everything about it",
        "the whole thing", "the team", "the support", "the AI",
    ];

    private static readonly string[] ManyThings =
    [
        "the graphics", "the controls", "the characters", "the levels", "the servers", "the bosses", "the puzzles",
        "the missions", "the animations", "the weapons",
        "the quests", "the maps", "the menus", "the cars", "the new heroes", "the visuals", "the sounds", "the fights",
        "the enemies", "the textures", "the cutscenes",
        "the sound effects", "the voices", "the races", "the updates", "the boss fights", "the side quests", "the skins",
        "the developers", "the other players", "the jokes",
    ];

    private static readonly string[] Nouns =
    [
        "story", "soundtrack", "update", "map", "ending", "sequel", "shooter", "racing game", "puzzle game", "experience",
        "world", "season", "patch", "campaign", "app", "port", "atmosphere", "cast", "level", "fight", "adventure",
    ];

    private static readonly string[] ManyNouns = ["games", "stories", "updates", "shooters", "sequels", "soundtracks", "endings"];

    private static readonly string[] Degrees = ["really", "very", "so", "pretty", "super", "just"];

    private static readonly string[] Better = ["better", "nicer", "more fun", "smoother", "prettier"];

    private static readonly string[] Worse = ["worse", "uglier", "slower", "more boring", "more annoying"];

    private static readonly string[] Best = ["best", "nicest", "coolest", "most fun", "most beautiful"];

    private static readonly string[] Worst = ["worst", "ugliest", "dumbest", "most boring", "most annoying"];

    private static readonly string[] Enjoyed = ["loved", "enjoyed", "liked", "adored"];

    private static readonly string[] Hated = ["hated", "regretted", "disliked"];

    /// <summary>A sentence with a word in every slot.</summary>
    public string Fill(string wording, bool isGood, string entity)
    {
        var filled = Slot().Replace(wording, slot => Word(slot.Groups["name"].Value, isGood, entity));
        return VowelBehindA().Replace(filled, "an ");
    }

    private string Word(string slot, bool isGood, string entity) => slot switch
    {
        "game" => picker.Chance(EntityShare) ? entity : picker.Pick(Games),
        "thing" => picker.Pick(Things),
        "things" => picker.Pick(ManyThings),
        "noun" => picker.Pick(Nouns),
        "nouns" => picker.Pick(ManyNouns),
        "very" => picker.Pick(Degrees),
        "fit" => picker.Pick(isGood ? GoodAdjectives : BadAdjectives),
        "unfit" => picker.Pick(isGood ? BadAdjectives : GoodAdjectives),
        "fitter" => picker.Pick(isGood ? Better : Worse),
        "fittest" => picker.Pick(isGood ? Best : Worst),
        "verb" => picker.Pick(isGood ? GoodVerbs : BadVerbs),
        "verbed" => picker.Pick(isGood ? Enjoyed : Hated),
        "unverb" => picker.Pick(isGood ? BadVerbs : GoodVerbs),
        _ => throw new ArgumentOutOfRangeException(nameof(slot), slot, "no such slot"),
    };

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Slot();

    [GeneratedRegex(@"\ba (?=[aeiou])", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex VowelBehindA();
}
