using System.Globalization;
using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>
/// Vectors that others have trained, for the tokens of a vocabulary: a text file as GloVe's or fastText's, a line for each word
/// with its numbers behind it, perhaps after a line with how many words and numbers there are; gzip or not.
/// </summary>
/// <remarks>A token that is not in the file has the vector of its lower case, where that is.</remarks>
public sealed class WordVectors
{
    private const int LinesBetweenLooks = 1000;
    private readonly float[]?[] vectors; // by the tokens' indices

    private WordVectors(int size, float[]?[] vectors, int tokens)
    {
        (Size, this.vectors, Tokens) = (size, vectors, tokens);
        Found = vectors.Count(vector => vector is not null);
    }

    /// <summary>Numbers of a vector E.</summary>
    public int Size { get; }

    /// <summary>Tokens of the vocabulary, without <c>&lt;UNK&gt;</c>.</summary>
    public int Tokens { get; }

    /// <summary>Those that have a vector.</summary>
    public int Found { get; }

    /// <summary>Reads how many numbers the vectors of a file have.</summary>
    /// <param name="path">The file.</param>
    /// <param name="embeddingSize">How many they must have; null: any number.</param>
    /// <exception cref="UserErrorException">There is no such file, or it has no vectors, or others.</exception>
    public static int SizeOf(string path, int? embeddingSize = null)
    {
        using var input = Open(path);
        var reader = new LineReader(input.Text, $"'{path}'");
        var size = new Shape(path, reader.ReadLine()).Size;
        RequireSize(size, embeddingSize ?? size);
        return size;
    }

    /// <summary>Reads the vectors of a vocabulary's tokens.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="embeddingSize">E, the numbers that a vector must have.</param>
    /// <param name="progress">Told now and then what share of the file is read.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <exception cref="UserErrorException">
    /// There is no such file, or a line of it is no vector; the message names it.
    /// </exception>
    public static WordVectors Read(
        string path, Vocabulary vocabulary, int embeddingSize, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        var (exact, lower) = (new Dictionary<string, int>(), new Dictionary<string, List<int>>());
        for (var n = 0; n < vocabulary.UnknownIndex - 1; n++)
        {
            var token = vocabulary.Tokens[n];
            exact.Add(token, n + 1);
            var inLowerCase = token.ToLowerInvariant();
            if (inLowerCase == token)
                continue;
            if (!lower.TryGetValue(inLowerCase, out var same))
                lower.Add(inLowerCase, same = []);
            same.Add(n + 1);
        }

        using var input = Open(path);
        var reader = new LineReader(input.Text, $"'{path}'");
        var line = reader.ReadLine();
        var shape = new Shape(path, line);
        RequireSize(shape.Size, embeddingSize);
        if (shape.IsHeader)
            line = reader.ReadLine();
        var (vectors, isExact) = (new float[]?[vocabulary.EmbeddingRows], new bool[vocabulary.EmbeddingRows]);
        var (ofExact, ofLower) =
            (exact.GetAlternateLookup<ReadOnlySpan<char>>(), lower.GetAlternateLookup<ReadOnlySpan<char>>());
        for (; line is not null; line = reader.ReadLine())
        {
            if (reader.LineNumber % LinesBetweenLooks == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(input.Share ?? 0);
            }

            var (token, numbers) = shape.Split(line, reader.LineNumber);
            var hasExact = ofExact.TryGetValue(token, out var index);
            if (hasExact)
                (vectors[index], isExact[index]) = (shape.Parse(numbers, reader.LineNumber), true);
            if (!ofLower.TryGetValue(token, out var others))
                continue;
            foreach (var other in others.Where(other => !isExact[other]))
                vectors[other] = hasExact ? vectors[index] : shape.Parse(numbers, reader.LineNumber);
        }

        return new WordVectors(shape.Size, vectors, vocabulary.UnknownIndex - 1);
    }

    /// <summary>Writes the vectors over the rows of their tokens.</summary>
    /// <param name="embedding">[V, E].</param>
    public void CopyTo(Span<float> embedding)
    {
        for (var index = 0; index < vectors.Length; index++)
            vectors[index]?.CopyTo(embedding[(index * Size)..]);
    }

    private static void RequireSize(int size, int embeddingSize)
    {
        if (size != embeddingSize)
        {
            throw new UserErrorException(
                $"{Setting.EmbeddingSize} {embeddingSize} does not fit {Setting.Vectors} of {size} numbers; give {size}");
        }
    }

    private static DataInput Open(string path) => File.Exists(path)
        ? DataInput.Open(path, encoding: null)
        : throw new UserErrorException($"there is no file '{path}'; give a text file of vectors, as of GloVe or fastText");

    /// <summary>How the lines of a file are made.</summary>
    private sealed class Shape
    {
        private readonly string path;

        /// <param name="path">The file.</param>
        /// <param name="first">Its first line; null where it has none.</param>
        /// <exception cref="UserErrorException">It is neither a vector nor says how many there are.</exception>
        public Shape(string path, string? first)
        {
            this.path = path;
            var fields = (first ?? "").TrimEnd().Split(' ');
            IsHeader = fields is [var words, var numbers] && IsCount(words) && IsCount(numbers);
            Size = IsHeader ? int.Parse(fields[1], CultureInfo.InvariantCulture) : fields.Length - 1;
            if (Size < 1 || (!IsHeader && fields[1..].Any(field => !IsNumber(field, out _))))
                throw NoVector(1, "numbers");
        }

        /// <summary>Whether the first line says how many words and numbers there are.</summary>
        public bool IsHeader { get; }

        /// <summary>Numbers of a vector.</summary>
        public int Size { get; }

        /// <summary>A line's word, in which there may be spaces, and its numbers.</summary>
        public Parts Split(ReadOnlySpan<char> line, long number)
        {
            var all = line.TrimEnd();
            var end = all.Length;
            for (var n = 0; n < Size; n++)
            {
                end = all[..end].LastIndexOf(' ');
                if (end < 1)
                    throw NoVector(number);
            }

            return new Parts(all[..end], all[(end + 1)..]);
        }

        /// <summary>The numbers of a line.</summary>
        public float[] Parse(ReadOnlySpan<char> numbers, long number)
        {
            var (vector, n) = (new float[Size], 0);
            foreach (var field in numbers.Split(' '))
            {
                if (!IsNumber(numbers[field], out vector[n++]))
                    throw NoVector(number);
            }

            return vector;
        }

        private static bool IsCount(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

        private static bool IsNumber(ReadOnlySpan<char> text, out float number) =>
            float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && float.IsFinite(number);

        private UserErrorException NoVector(long line) => NoVector(line, $"{Size} numbers");

        private UserErrorException NoVector(long line, string numbers) => new(
            $"'{path}' line {line} is no word with {numbers} behind it; give a text file of vectors, as of GloVe or fastText");
    }

    private readonly ref struct Parts(ReadOnlySpan<char> token, ReadOnlySpan<char> numbers)
    {
        private readonly ReadOnlySpan<char> token = token;
        private readonly ReadOnlySpan<char> numbers = numbers;

        public void Deconstruct(out ReadOnlySpan<char> token, out ReadOnlySpan<char> numbers)
        {
            token = this.token;
            numbers = this.numbers;
        }
    }
}
