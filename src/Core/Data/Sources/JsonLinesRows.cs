using System.Text;
using System.Text.Json;

namespace GpuLstm.Data.Sources;

/// <summary>A JSON object a line, whose properties are the columns. One that is null or not there is an empty one.</summary>
internal sealed class JsonLinesRows : LineRows
{
    private const int SampleRows = 1000;
    private readonly ColumnRoles roles;
    private readonly JsonField text;
    private readonly JsonField label;
    private readonly JsonField? group;

    /// <param name="input">The file, which is disposed of with this.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="bad">Is told of bad rows.</param>
    /// <exception cref="UserErrorException">Its columns cannot be told.</exception>
    public JsonLinesRows(DataInput input, ReadOptions options, BadRows bad)
        : base(input, options, bad)
    {
        var names = new OrderedDictionary<string, Column>(StringComparer.Ordinal);
        var rows = Sample(input).ToList();
        if (rows.Count == 0)
            throw new UserErrorException($"'{input.Name}' line 1: it is no JSON object with a text; give an object a line");
        foreach (var name in rows.SelectMany(row => row.Keys))
            names.TryAdd(name, new Column(names.Count, name));
        Columns = [.. names.Keys];
        roles = ColumnRoles.Of(
            options, [.. names.Values],
            [.. rows.Select(row => Columns.Select(name => row.GetValueOrDefault(name, "")).ToArray())], input.Name);
        (text, label) = (new JsonField(roles.Text.Name!), new JsonField(roles.Label.Name!));
        group = roles.Group is { } column ? new JsonField(column.Name!) : null;
    }

    public override string Shape => $"JSON lines; {roles}";

    public override IReadOnlyList<string> Columns { get; }

    public override bool HasGroups => group is not null;

    public override ReadOnlySpan<byte> Text => text.Value;

    public override ReadOnlySpan<byte> Label => label.Value;

    public override ReadOnlySpan<byte> Group => group is null ? default : group.Value;

    protected override bool Parse(ReadOnlyMemory<byte> line)
    {
        text.Clear();
        label.Clear();
        group?.Clear();
        try
        {
            var json = new Utf8JsonReader(line.Span);
            json.Read();
            if (json.TokenType == JsonTokenType.StartObject)
            {
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    if (!(text.TryTake(ref json) || label.TryTake(ref json) || group?.TryTake(ref json) == true))
                        json.Skip();
                }

                json.Read(); // or something follows the object
                return true;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // It is told below.
        }

        Bad.Add(
            Place, $"it is no JSON object with a text in {roles.Text} and a name or number in {roles.Label}",
            $"give an object a line, as in {{\"text\": \"good\", \"label\": \"a\"}}");
        return false;
    }

    private static IEnumerable<Dictionary<string, string>> Sample(DataInput input)
    {
        var lines = Encoding.UTF8.GetString(Utf8Text.WithoutByteOrderMark(input.Sample.Span)).Split('\n');
        var whole = input.IsWhole || lines.Length == 1 ? lines : lines.SkipLast(1);
        foreach (var line in whole.Where(line => !string.IsNullOrWhiteSpace(line)).Take(SampleRows))
        {
            var row = new Dictionary<string, string>(StringComparer.Ordinal);
            try
            {
                using var json = JsonDocument.Parse(line);
                foreach (var property in json.RootElement.EnumerateObject())
                {
                    var isText = property.Value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object);
                    row[property.Name] = isText ? property.Value.ToString() : "";
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                continue; // a bad row, which is told of when its turn comes
            }

            yield return row;
        }
    }
}
