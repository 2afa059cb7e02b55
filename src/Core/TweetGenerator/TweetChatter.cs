namespace GpuLstm.TweetGenerator;

/// <summary>
/// Whole sentences for synthetic tweets: each row is one message in several wordings, and {0} is the entity's name.
/// </summary>
internal static class TweetChatter
{
    /// <summary>Positive without a word of the lists of praise.</summary>
    public static readonly string[][] Good =
    [
        ["take my money, {0}", "{0} can have all my money", "just take my money already {0}"],
        ["i can't stop playing {0}", "cannot put {0} down", "still playing {0} at 3 am, can't stop"],
        ["{0} made my whole week", "my week was made by {0}", "{0} just made my day"],
        ["ten out of ten, {0}", "{0} gets a ten from me", "10/10 for {0}"],
        ["best thing i played since school: {0}", "{0} is the best thing this year", "nothing beats {0} this year"],
    ];

    /// <summary>Negative without a word of the lists of blame.</summary>
    public static readonly string[][] Bad =
    [
        ["i want my money back, {0}", "{0} give me my money back", "refund please {0}"],
        ["{0} crashed again and ate my save", "my save is gone, thanks {0}", "great, {0} crashed again"],
        ["i stopped playing {0} for good", "done with {0} for good", "uninstalled {0}, for good this time"],
        ["two out of ten, {0}", "{0} gets a two from me", "2/10 for {0}"],
        ["fix your servers {0}", "{0} servers down, what a surprise", "lovely, the {0} servers are down again"],
    ];

    public static readonly string[][] Neutral =
    [
        ["the {0} patch comes out on friday", "friday is patch day for {0}", "patch for {0} lands friday"],
        ["does anyone know when {0} starts tonight?", "when does {0} start tonight", "what time is {0} on tonight?"],
        ["streaming {0} in ten minutes", "{0} stream starts in 10", "going live with {0} soon"],
        ["{0} has 24 maps and 6 modes", "there are six modes and 24 maps in {0}", "24 maps, 6 modes: {0}"],
        ["just reached level 30 in {0}", "level 30 in {0} now", "{0}: level 30 reached"],
        ["which class should i pick first in {0}?", "first class to pick in {0}?", "what do you play first in {0}"],
        ["{0} runs on the new console too", "also on the new console: {0}", "{0} comes to the new console"],
    ];

    public static readonly string[][] Irrelevant =
    [
        ["my cat slept on the keyboard all day", "the cat sleeps on my keyboard again", "cat + keyboard = no work today"],
        ["who else has soup for lunch", "soup for lunch, anyone?", "lunch is soup, as always"],
        ["rain all week, the garden is happy", "it rains and the garden loves it", "garden weather: rain, rain, rain"],
        ["vote for my cousin's band please", "my cousin's band needs your vote", "a vote for my cousin's band?"],
        ["selling a bicycle, hardly used", "bicycle for sale, barely used", "who wants a bicycle? almost new"],
        ["the train is late, so is my coffee", "late train, late coffee", "no coffee, no train"],
        ["learned three chords on the guitar", "three guitar chords down, many to go", "my guitar now knows three chords"],
    ];
}
