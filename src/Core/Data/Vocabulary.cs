using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GpuLstm.Files;

namespace GpuLstm.Data;

/// <summary>
/// The tokens of the training texts and their indices: 0 is padding, the tokens follow in order of appearance from 1, and
/// <c>&lt;UNK&gt;</c> is last, for tokens that are rare in the training texts, by which it is trained, or never seen there.
/// </summary>
public sealed class Vocabulary
{
    /// <summary>What stands for every token that is not in the vocabulary.</summary>
    public const string Unknown = "<UNK>";

    private static readonly JsonSerializerOptions JsonOptions = new(JsonText.Strict)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private readonly List<string> tokens;
    private readonly Dictionary<string, int> indices;

    private Vocabulary(TokenKind kind, List<string> tokens)
    {
        Kind = kind;
        this.tokens = tokens;
        indices = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (var n = 0; n < tokens.Count; n++)
            indices.Add(tokens[n], n + 1);
    }

    /// <summary>Characters or words.</summary>
    public TokenKind Kind { get; }

    /// <summary>Entries, <c>&lt;UNK&gt;</c> included, padding not.</summary>
    public int Size => tokens.Count;

    /// <summary>V, the rows an embedding needs: the entries and padding.</summary>
    public int EmbeddingRows => Size + 1;

    /// <summary>The index of <c>&lt;UNK&gt;</c>.</summary>
    public int UnknownIndex => Size;

    /// <summary>The tokens in order; the first has index 1.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>
    /// Reads texts as if joined with one space: between texts a character vocabulary counts one more space, words stay as they
    /// are.
    /// </summary>
    /// <param name="texts">The training texts.</param>
    /// <param name="kind">What a token is.</param>
    /// <param name="minCount">
    /// How often a token must occur in all the texts together, 1 at least; rarer ones are <c>&lt;UNK&gt;</c>.
    /// </param>
    /// <exception cref="ArgumentException">A text is null.</exception>
    /// <exception cref="UserErrorException">The texts hold no token at all, or none that occurs often enough.</exception>
    public static Vocabulary FromTexts(IEnumerable<string> texts, TokenKind kind, int minCount = 1)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var encoder = new TextEncoder(kind, threads: 1, CancellationToken.None);
        foreach (var text in texts)
            encoder.Add(Encoding.UTF8.GetBytes(text ?? throw new ArgumentException("a text is null", nameof(texts))));
        var encoded = encoder.Complete(out var tokens);
        return Of(encoded, tokens, [.. Enumerable.Range(0, encoded.Count)], kind, minCount);
    }

    /// <summary>The vocabulary of some encoded texts, in the order of <paramref name="rows"/>.</summary>
    internal static Vocabulary Of(
        EncodedTexts texts, IReadOnlyList<string> tokens, int[] rows, TokenKind kind, int minCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minCount, 1);
        string[] all = [.. tokens, " "];
        var between = kind == TokenKind.Character ? Array.IndexOf(all, " ") : -1; // counted between two texts
        var (counts, order) = (new long[all.Length], new List<int>());
        for (var n = 0; n < rows.Length; n++)
        {
            if (n > 0 && between >= 0)
                Count(between);
            foreach (var token in texts.TokensOf(rows[n]))
                Count(token);
        }

        if (order.Count == 0)
            throw new UserErrorException("the vocabulary is empty: the training texts hold no token; give other data");
        List<string> frequent =
            [.. order.Where(token => counts[token] >= minCount && all[token] != Unknown).Select(token => all[token])];
        if (frequent.Count == 0)
        {
            throw new UserErrorException(
                $"the vocabulary is empty: no token occurs {minCount} times in the training texts; use a smaller "
                + $"{Setting.MinCount}, or more data");
        }

        return new Vocabulary(kind, [.. frequent, Unknown]);

        void Count(int token)
        {
            if (counts[token]++ == 0)
                order.Add(token);
        }
    }

    /// <summary>Reads the bytes of a <c>vocabulary.json</c>.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">
    /// They are no vocabulary that some version of this program writes; the message names the file.
    /// </exception>
    public static Vocabulary Parse(ReadOnlySpan<byte> json, string name)
    {
        VocabularyFile? file;
        try
        {
            file = JsonSerializer.Deserialize<VocabularyFile>(json, JsonOptions);
        }
        catch (JsonException e)
        {
            throw new UserErrorException(
                $"'{name}' line {e.LineNumber + 1} is not a vocabulary; train again or give another model", e);
        }

        if (file is null || !JsonText.IsAsWritten(JsonNode.Parse(json), file, JsonOptions))
        {
            throw new UserErrorException(
                $"'{name}' is no vocabulary: it holds a value that is never written; train again or give another model");
        }

        if (file.Tokens.Count < 2
            || file.Tokens[^1] != Unknown
            || file.Tokens.Distinct(StringComparer.Ordinal).Count() != file.Tokens.Count)
        {
            throw new UserErrorException(
                $"'{name}' is no vocabulary: its tokens must differ, and {Unknown} must be the last; train again or give "
                + $"another model");
        }

        var foreign = file.Tokens.SkipLast(1)
            .Select((token, n) => (token, n))
            .FirstOrDefault(entry => !IsToken(entry.token, file.Kind), (token: "", n: -1));
        if (foreign.n >= 0)
        {
            throw new UserErrorException(
                $"'{name}' is no vocabulary: its entry {foreign.n + 1} is no "
                + $"{(file.Kind == TokenKind.Word ? "word" : "character")}; train again or give another model");
        }

        return new Vocabulary(file.Kind, file.Tokens);
    }

    /// <summary>The bytes of a <c>vocabulary.json</c>.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new VocabularyFile(Kind, tokens), JsonOptions);

    /// <summary>The indices of a text's tokens, in their order.</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lookup = indices.GetAlternateLookup<ReadOnlySpan<char>>();
        var encoded = new List<int>();
        foreach (var token in Tokenizer.Enumerate(text, Kind))
            encoded.Add(lookup.TryGetValue(token, out var index) ? index : UnknownIndex);
        return [.. encoded];
    }

    /// <summary>The index of each token.</summary>
    internal int[] IndicesOf(IReadOnlyList<string> tokens) =>
        [.. tokens.Select(token => indices.GetValueOrDefault(token, UnknownIndex))];

    /// <summary>The token of an index from 1; the inverse map.</summary>
    public string Token(int index) => tokens[index - 1];

    /// <summary>The text of indices; padding is left out.</summary>
    public string Decode(IEnumerable<int> encoded) =>
        string.Join(Kind == TokenKind.Word ? " " : "", encoded.Where(index => index > 0).Select(Token));

    // What splitting a text can give, now or in a version that split words at spaces alone.
    private static bool IsToken(string? token, TokenKind kind) => token is not null && kind switch
    {
        TokenKind.Word => !token.Contains(' ', StringComparison.Ordinal),
        TokenKind.Character =>
            Rune.DecodeFromUtf16(token, out _, out var length) == OperationStatus.Done && length == token.Length,
        _ => false,
    };

    private sealed record VocabularyFile(TokenKind Kind, List<string> Tokens);
}
