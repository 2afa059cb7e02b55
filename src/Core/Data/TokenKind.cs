namespace GpuLstm.Data;

/// <summary>What a token is.</summary>
public enum TokenKind
{
    /// <summary>A Unicode code point.</summary>
    Character,

    /// <summary>What stands between single spaces; two spaces in a row enclose an empty word.</summary>
    Word,
}
