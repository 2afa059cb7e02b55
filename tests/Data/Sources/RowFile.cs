using System.Text;
using GpuLstm.Data.Sources;

namespace GpuLstm.Tests.Data.Sources;

/// <summary>A row as it is read.</summary>
internal sealed record Row(string Text, string Label, string Group = "");

/// <summary>Reads all rows of a file.</summary>
internal static class RowFile
{
    public static IReadOnlyList<Row> Read(string path, ReadOptions? options = null)
    {
        options ??= ReadOptions.Default;
        return All(RowSource.Open(path, options, new BadRows(options.SkipBadRows)));
    }

    public static IReadOnlyList<Row> Read(Stream stream, string name, ReadOptions? options = null)
    {
        options ??= ReadOptions.Default;
        return All(RowSource.Open(stream, name, options, new BadRows(options.SkipBadRows)));
    }

    public static IReadOnlyList<Row> Of(string content, ReadOptions? options = null) =>
        Read(new MemoryStream(Encoding.UTF8.GetBytes(content)), "f", options);

    /// <summary>What a file is recognised as.</summary>
    public static string Shape(string content, ReadOptions? options = null)
    {
        using var rows = RowSource.Open(
            new MemoryStream(Encoding.UTF8.GetBytes(content)), "f", options ?? ReadOptions.Default, new BadRows(skip: true));
        return rows.Shape;
    }

    /// <summary>Why a file is refused.</summary>
    public static string Refusal(string content, ReadOptions? options = null) =>
        Assert.Throws<UserErrorException>(() => Of(content, options)).Message;

    private static List<Row> All(RowReader reader)
    {
        using (reader)
        {
            var rows = new List<Row>();
            while (reader.Read())
                rows.Add(new Row(Text(reader.Text), Text(reader.Label), Text(reader.Group)));
            return rows;
        }

        static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
    }
}
