namespace GpuLstm.TweetGenerator;

/// <summary>
/// How people speak of games day by day: short plain sentences, each row one message in several wordings. A name in braces is a
/// slot (<see cref="TweetSlots"/>).
/// </summary>
internal static class TweetSpeech
{
    /// <summary>Sentences of either sentiment, by the words in their slots.</summary>
    public static readonly string[][] Either =
    [
        ["{game} is {fit}", "{game} is {very} {fit}", "{game} was {fit}", "{game} is just {fit}"],
        ["{thing} is {fit}", "{thing} is {very} {fit}", "{thing} looks {fit}", "{thing} was {very} {fit}"],
        [
            "{things} are {fit}", "{things} are {very} {fit}", "{things} look {fit}", "{things} were {fit}",
            "{things} feel {very} {fit}",
        ],
        ["{thing} feels {fit}", "{game} feels {fit}", "feels {very} {fit}", "feels {fit}", "looks {fit}", "just {fit}"],
        ["it's {very} {fit}", "it is {fit}", "it's {fit}", "its {fit}", "it was {very} {fit}"],
        ["i think {game} is {fit}", "i find it {very} {fit}", "to me it is {fit}", "i would call it {fit}"],
        [
            "such a {fit} game", "such a {fit} {noun}", "that is a {fit} {noun}", "this is a {very} {fit} game",
            "a {fit} game from start to finish",
        ],
        ["{fit} game", "{very} {fit} {noun}", "{fit} game overall", "{fit} {noun}", "{fit}, {fit} game"],
        ["{thing} is {fit} and {things} are {fit}", "{fit} {noun}, {fit} {noun}", "{thing} is {fit} and {thing} too"],
        ["we had a {fit} time with it", "i had a {fit} time", "a {fit} evening with {game}", "{fit} weekend with {game}"],
        ["what a {fit} {noun}", "what a {fit} evening", "what a {fit} match", "wow, {very} {fit}"],
        ["i {verb} it", "i {verb} {game}", "i {verb} this", "i really {verb} {game}", "i {verb} {thing}"],
        ["we all {verb} {thing}", "my kids {verb} it", "my friends {verb} {game}", "everyone i know {verb}s it"],
        ["i {verb} playing it", "i {verb} playing this with friends", "i {verb} every minute of it", "i {verb} it so much"],
        [
            "i {verbed} it", "i {verbed} every minute of it", "we {verbed} {thing}", "i {verbed} {game}", "i {verbed} {things}",
            "my friends {verbed} it",
        ],
        [
            "gets {fit} very quickly", "it gets {fit} fast", "{thing} gets {fit} quickly", "it is {fit} even with friends",
            "{thing} is {fit} on my screen", "{fit} for the whole family",
        ],
        [
            "it is {fit} and {fit}", "{thing} is {fit} and {fit}", "{things} are {fit} and {fit}", "a {fit} and {fit} {noun}",
            "{fit} and {fit}", "so {fit} and so {fit}",
        ],
        [
            "it is not {unfit}", "it's not {unfit} at all", "{game} is not {unfit}", "this isn't {unfit}", "not {unfit} at all",
            "not a {unfit} {noun}",
        ],
        [
            "{thing} isn't {unfit}", "{thing} is not {unfit} at all", "{things} are not {unfit}",
            "there is nothing {unfit} about it",
        ],
        ["i don't {unverb} it", "i do not {unverb} {game}", "we don't {unverb} {thing}", "i didn't {unverb} it"],
        [
            "{thing} gets {fitter} every day", "it gets {fitter} with every update", "{game} only got {fitter}",
            "{fitter} than the last one", "{fitter} than i expected", "so much {fitter} than before",
        ],
        [
            "the {fittest} {noun} ever", "{fittest} {noun} i ever played", "one of the {fittest} {nouns}",
            "the {fittest} {noun} this year", "this has the {fittest} {noun}", "by far the {fittest} one",
        ],
        [
            "{fittest} game i know", "the {fittest} game ever made", "one of the {fittest} games this year",
            "the {fittest} game in years", "the {fittest} {noun} i know",
        ],
        [
            "{thing} is {fit}, so are {things}", "{thing}, {things}, it is all {fit}",
            "{things} are {fit} and {thing} is {very} {fit}", "all of it is {fit}", "everything is {fit}",
        ],
    ];

    /// <summary>Praise.</summary>
    public static readonly string[][] Good =
    [
        [
            "i can't stop playing it", "i can not stop", "cannot stop playing {game}", "can't stop playing",
            "i can't put it down", "it kept me hooked until the end", "kept me up all night", "one more round, always one more",
            "cannot stop, one more round", "i keep coming back to it",
        ],
        [
            "i play it every day", "i have played it for weeks", "i played it for hours and loved it",
            "fifty hours in and i still love it", "i play {game} every night and still enjoy it",
            "hundreds of hours and still having fun", "still playing after all these years", "i could play this all day",
        ],
        [
            "worth every cent", "worth every penny", "well worth the price", "it's worth the money", "so worth it",
            "it was worth the wait", "totally worth buying",
        ],
        [
            "you should buy it", "you will not regret it", "you won't regret buying it", "i don't regret it",
            "nobody will regret it", "i would buy it again", "i'd buy it again", "i would play it again", "go and buy it",
            "buy this now", "get {game}, you won't regret it", "you have to try {game}", "give it a try, you will love it",
        ],
        [
            "highly recommended", "i recommend it", "i recommend {game} to everyone", "would recommend to a friend",
            "can only recommend it", "i would recommend this to anyone",
        ],
        [
            "runs smoothly", "runs smoothly on my old computer", "no problem on my computer", "runs well even on an old laptop",
            "it fixed my problem", "the fix worked", "everything works really well", "everything just works", "fast and stable",
            "loads fast", "not a single crash", "it never crashes", "loading is fast", "it runs perfectly",
            "works perfectly on my laptop", "no bugs at all", "never crashed once", "no lag at all", "no problems so far",
            "it just works",
        ],
        [
            "no complaints", "nothing to complain about", "i have no complaints", "i can't find anything wrong with it",
            "nothing wrong with {thing}",
        ],
        [
            "had so much fun", "i'm having a lot of fun", "so much fun with my friends", "had a blast tonight",
            "we had fun all night", "it is a lot of fun", "fun for the whole family", "playing with friends is a blast",
        ],
        [
            "it makes me happy", "it is a joy", "pure joy", "playing it is a joy", "pure fun", "just pure fun",
            "it made me smile", "this made my day", "made my weekend", "it made me laugh", "puts me in a good mood",
            "i feel happy when i play it",
        ],
        [
            "i'm impressed", "i am very happy with it", "very happy with {game}", "so happy i bought it", "glad i bought it",
            "i'm so glad i found {game}", "no regrets",
        ],
        [
            "i can't wait for the next one", "can't wait to play more", "so excited for the new season",
            "looking forward to the next part", "i want more of this", "please make another one",
        ],
        [
            "well done", "good job", "excellent work", "good job, whoever made this", "great work", "well made",
            "great job everyone", "thanks for the fix", "thanks for the update", "thank you all", "thanks to the developers",
            "thank you for this game", "the devs did a good job", "the developers listen to us", "the team deserves an award",
            "they fixed everything, thank you",
        ],
        [
            "my favorite game", "a masterpiece", "{game} is a masterpiece", "{thing} is a masterpiece", "one of my favorites",
            "one of my favorite games", "i fell in love with it", "love at first sight", "my favourite game of all time",
            "this is my new favorite", "a new favorite of mine", "game of the year", "a true classic", "it's a masterpiece",
            "10 out of 10", "five stars",
        ],
        [
            "time flies when i play it", "the world is full of life", "huge and full of life", "a huge world to explore",
            "it never gets boring", "never got bored", "not boring for a minute", "plenty to do", "plenty of levels",
            "lots of secrets", "lots to discover", "never a dull moment", "so much to do", "so much to explore", "full of life",
            "there is always something new", "fun to explore", "hours of fun", "i never get bored", "it never gets old",
            "never boring", "i lost track of time", "so hooked", "i'm hooked", "i am addicted to it", "i forgot to eat, so good",
        ],
        [
            "people are so friendly", "helpful people everywhere", "met so many nice people",
            "playing with my brother is so nice", "fun with my sister", "the players are nice and helpful",
            "my team was great today", "everyone in chat is friendly", "support answered at once", "support helped me quickly",
        ],
        [
            "we won every match, love it", "finally beat it, feels amazing", "best purchase this year", "better than expected",
            "it keeps getting better", "keeps getting better and better", "gets better all the time", "even better than before",
            "the update made it even better", "they made it even better", "it got even better", "it exceeded my expectations",
            "they did everything right", "the patch fixed it all",
        ],
        [
            "easy to learn", "cute little thing", "such a cute little {noun}", "simple but good", "easy to learn and fun to play",
            "easy to play and fun", "simple and fun", "easy to pick up and hard to put down", "fun from the first minute",
            "cute and relaxing", "so relaxing after work",
        ],
        [
            "{thing} gave me goosebumps", "{thing} is well told", "{thing} is touching", "{thing} touched me",
            "{thing} is well written", "great job on {thing}", "{things} did a {fit} job", "{thing} is well made",
            "{things} are well made", "{thing} is well done", "{thing} is full of ideas", "so many good ideas",
            "you can feel the love in {thing}", "i can listen to {thing} all day", "{thing} is a work of art",
            "{thing} made me cry, so beautiful", "{thing} blew me away",
        ],
        [
            "cheap and good", "good value", "a bargain", "great value for the money", "it's free and it's good",
            "so cheap for such a good game",
        ],
        [
            "yes, this is how you make a game", "finally a good one", "finally, a game that works", "finally they did it right",
            "that is how it's done", "this is what i wanted", "just what i needed", "exactly what i hoped for",
            "a dream come true",
        ],
    ];

    /// <summary>Blame.</summary>
    public static readonly string[][] Bad =
    [
        [
            "it keeps crashing", "keeps freezing", "it keeps freezing on me", "it froze again", "the screen goes black",
            "black screen again", "it crashes all the time", "crashed again", "{game} crashes every ten minutes",
            "it crashed and i lost everything", "crashes on start", "it freezes all the time",
        ],
        [
            "it doesn't work", "{thing} does not work", "{things} do not work", "{thing} still doesn't work",
            "still does not start", "still broken", "it barely works", "my computer can barely run it",
            "my account was banned for no reason", "i got banned for nothing", "they banned me", "it does not start",
            "won't even start", "it won't load", "i can't log in", "i can't even play it", "can't connect", "nothing works",
            "it stopped working",
        ],
        [
            "the servers are down", "the servers are always down", "always down", "servers down again", "the servers never work",
            "server problems again", "they can't keep the servers up", "disconnected again", "i get kicked out all the time",
        ],
        [
            "so much lag", "it drops frames", "frame drops everywhere", "drops frames all the time", "lag makes it impossible",
            "impossible to play with this lag", "the lag ruins it", "the screen keeps flickering", "it hurts my eyes",
            "everything is slow", "everything lags", "it lags so much", "too much lag", "the lag is killing me", "so laggy",
            "the frame rate is low", "it stutters and lags",
        ],
        [
            "full of bugs", "tired of all the bugs", "i am tired of these bugs", "i'm tired of this", "sick of it",
            "too many bugs", "so many bugs", "bugs everywhere", "another bug, really", "nothing but bugs",
            "they never fix the bugs", "every update adds more bugs",
        ],
        [
            "too many cheaters", "{things} are full of cheaters", "{thing} is full of bugs", "{things} are full of bugs",
            "the chat is full of rude people", "matches full of cheaters", "full of cheaters", "cheaters everywhere",
            "hackers in every match", "cheaters ruin {game}", "they do nothing against cheaters",
        ],
        [
            "too expensive", "cheap money grab", "a money grab, nothing else", "just a money grab", "it is just a money grab",
            "far too expensive", "the price is far too high", "way too much for what you get", "too much money for so little",
            "a cheap money grab", "money grab", "way too expensive", "it costs too much", "the price is too high", "overpriced",
            "sixty euros for this, no", "not at this price", "a cash grab", "all they want is our money",
        ],
        [
            "pay to win", "it's pay to win", "you have to pay for everything", "too many ads", "ads everywhere", "so many ads",
            "they just want you to pay", "loot boxes again, no",
        ],
        [
            "waste of money", "a waste of time", "what a waste", "it's a waste of time and money", "i wasted my money",
            "don't waste your money", "do not waste your time", "total waste",
        ],
        [
            "not worth it", "the first one was better", "the old one was better", "it was better before",
            "it's not worth the money", "not worth the price", "not worth your time", "was not worth the wait",
            "not worth buying",
        ],
        [
            "don't buy it", "do not buy this", "don't get it", "stay away", "stay away from {game}", "save your money",
            "keep your money", "skip this one", "i would not recommend it", "can't recommend it", "i don't recommend it",
        ],
        [
            "i want a refund", "refund please", "give me my money back", "i want my money back", "asked for a refund",
            "got a refund",
        ],
        [
            "i uninstalled it", "i would never buy it again", "never buying from them again", "i will not play it again",
            "last time i buy from them", "uninstalled", "i deleted it after a day", "i quit after an hour", "i gave up",
            "i stopped playing", "i'm done with it", "i am so done", "never again", "not playing this again",
        ],
        [
            "i got bored", "{things} are all the same", "it is all the same", "all the same again", "the game is dead",
            "dead game", "this is dead", "i was bored after ten minutes", "bored to death", "there is nothing to do", "so empty",
            "nothing happens", "always the same", "so bored", "i got bored after an hour", "i fell asleep",
            "nothing to do in {game}", "it's the same every day", "it gets boring fast", "always the same missions",
            "no new content",
        ],
        [
            "i'm disappointed", "{thing} was a huge disappointment", "{thing} is a disappointment", "a huge disappointment",
            "{thing} is a letdown", "{thing} is a disaster", "a complete disaster", "very disappointed with it",
            "i am so disappointed with {game}", "i expected a lot more", "i hoped for more", "worse than expected",
            "much worse than the first one", "so disappointed", "very disappointed", "what a disappointment", "it's a letdown",
            "it let me down", "i expected more", "i expected better", "not what i expected", "nothing like the trailer",
            "not as good as the first one",
        ],
        [
            "they ruined it", "the last patch ruined {thing}", "the new patch ruined everything", "the last update broke {thing}",
            "the update broke it", "nobody plays it anymore", "nobody plays this anymore", "everyone left",
            "the players are gone", "they removed the best parts", "they took out everything i liked", "too many ads ruin it",
            "{thing} ruins it", "they ruined the fun", "they ruined {game}", "the update ruined {thing}",
            "the patch broke everything", "they made it worse", "the update made it worse", "they broke it again",
            "you killed this game", "it used to be good",
        ],
        [
            "i lost my save", "my save is gone", "lost all my progress", "it deleted my save", "hours of progress gone",
            "all my items are gone", "i lost everything",
        ],
        [
            "support does not answer", "support never answered me", "they never answered my messages", "no help at all",
            "support was no help", "support never answers", "no answer from support", "the devs don't care",
            "the developers do not listen", "nobody cares", "they don't care about players", "they ignore us",
        ],
        [
            "the players are toxic", "so toxic", "toxic players everywhere", "my team was terrible", "people are rude",
            "everyone is so rude", "the chat is toxic", "kids screaming all the time",
        ],
        [
            "it makes me angry", "so frustrating", "this makes me mad", "it gives me a headache", "i'm so annoyed",
            "i'm so angry", "makes me want to quit", "i quit because of it", "so frustrating i quit",
            "i want to throw my controller", "i hate everything about it", "it ruined my evening", "no fun",
            "it's no fun anymore", "this is not fun",
        ],
        [
            "i regret buying it", "i regret it", "i wish i never bought it", "i should not have bought it",
            "biggest mistake this year", "sorry i bought it", "i feel cheated", "i feel scammed", "it's a scam",
        ],
        [
            "this game sucks", "lazy work", "{fit} design and {fit} controls", "poor work", "{fit} and lazy", "this is bad",
            "everything about it is bad", "i did not like it at all", "i don't like it at all", "i didn't enjoy it", "badly made",
            "{thing} is badly done", "badly written", "it sucks", "{thing} sucks", "this is trash", "it's garbage",
            "total garbage", "{game} is a joke", "what a joke", "what a mess", "it's a mess", "this is a disaster",
            "what were they thinking",
        ],
        [
            "too hard", "way too short", "far too short", "it is too long", "much too hard", "too confusing", "way too hard",
            "too easy", "too short", "over after two hours", "it's too slow", "too complicated", "impossible to win", "unfair",
            "so unfair", "the rules make no sense", "makes no sense",
        ],
        [
            "takes forever to load", "loading times are too long", "the loading is way too long",
            "it took forever to find a match", "i wait forever for a match", "loading takes forever", "it takes too long",
            "waiting for an hour", "the queue takes forever", "too much waiting", "so much grinding", "too much grind",
        ],
        [
            "unplayable", "it's unplayable", "i can't play like this", "barely playable", "doesn't run on my laptop",
            "my computer can't run it", "the controls don't work", "the buttons do nothing", "i can't see anything",
            "hard to control",
        ],
        [
            "zero stars", "one star", "one out of five", "1 out of 10", "zero out of ten", "thumbs down", "no thanks", "just no",
            "nope",
        ],
    ];
}
