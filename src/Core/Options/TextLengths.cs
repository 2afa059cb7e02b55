namespace GpuLstm.Options;

/// <summary>How many steps the LSTM runs for a text.</summary>
public enum TextLengths
{
    /// <summary>All <see cref="ModelOptions.MaxLength"/> steps, padding included, as in the article.</summary>
    Padded,

    /// <summary>As many as the text has tokens; the padding behind it is never computed.</summary>
    Real,
}
