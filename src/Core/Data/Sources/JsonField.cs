using System.Text;
using System.Text.Json;

namespace GpuLstm.Data.Sources;

/// <summary>The value of a property of a JSON object, in UTF-8 without escapes.</summary>
/// <param name="name">The property.</param>
internal sealed class JsonField(string name)
{
    private readonly byte[] name = Encoding.UTF8.GetBytes(name);
    private byte[] buffer = new byte[256];
    private int length;

    /// <summary>The value; good until the next <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Value => buffer.AsSpan(0, length);

    /// <summary>Has no value.</summary>
    public void Clear() => length = 0;

    /// <summary>Takes the value of the property at which a reader is, if it is this one.</summary>
    /// <returns>False for another property.</returns>
    /// <exception cref="JsonException">The value is an object or a list.</exception>
    public bool TryTake(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals(name))
            return false;
        json.Read();
        if (buffer.Length < json.ValueSpan.Length)
            buffer = new byte[2 * json.ValueSpan.Length];
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                length = json.CopyString(buffer);
                break;
            case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                json.ValueSpan.CopyTo(buffer);
                length = json.ValueSpan.Length;
                break;
            case JsonTokenType.Null:
                length = 0;
                break;
            default:
                throw new JsonException("neither a text nor a number");
        }

        return true;
    }
}
