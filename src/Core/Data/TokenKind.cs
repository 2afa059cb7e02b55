namespace GpuLstm.Data;

/// <summary>What a token is; see <see cref="Tokenizer"/>.</summary>
public enum TokenKind
{
    /// <summary>A Unicode code point.</summary>
    Character,

    /// <summary>What stands between white space.</summary>
    Word,
}
