namespace GpuLstm.Data;

/// <summary>Numbers tokens from 0 as they come.</summary>
internal sealed class TokenIds
{
    private const int AsciiCharacters = 128;
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;
    private readonly List<string> tokens = [];
    private readonly int[] ofCharacter = new int[AsciiCharacters]; // 1 + its number: characters are looked up most often

    public TokenIds()
    {
        ids = new Dictionary<string, int>(StringComparer.Ordinal);
        lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The tokens by number.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>A token's number.</summary>
    public int IdOf(ReadOnlySpan<char> token)
    {
        if (token is not [< (char)AsciiCharacters])
            return Find(token);
        ref var known = ref ofCharacter[token[0]];
        if (known == 0)
            known = Find(token) + 1;
        return known - 1;
    }

    /// <summary>A token's number, for a string that may be kept.</summary>
    public int IdOf(string token)
    {
        if (ids.TryGetValue(token, out var id))
            return id;
        id = tokens.Count;
        ids.Add(token, id);
        tokens.Add(token);
        return id;
    }

    private int Find(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out var id) ? id : IdOf(token.ToString());
}
