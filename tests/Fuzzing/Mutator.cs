using System.Buffers;

namespace GpuLstm.Tests.Fuzzing;

/// <summary>Makes inputs that are nearly valid, out of valid ones.</summary>
/// <param name="valid">Valid inputs.</param>
/// <param name="words">What may stand in the place of a word or a number: values that programs stumble over.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> valid, IReadOnlyList<byte[]> words)
{
    private const double RandomShare = 0.03;
    private const int MaxRandomBytes = 100;
    private const int MaxBytesOfRepeats = 500;
    private const int MaxSeparators = 6;
    private static readonly SearchValues<byte> Separators = SearchValues.Create(",:[]{}\"\n"u8);

    /// <summary>A valid input with one, two or four changes; at times bytes without any sense.</summary>
    public byte[] Next(Random random)
    {
        if (random.NextDouble() < RandomShare)
        {
            var bytes = new byte[random.Next(MaxRandomBytes)];
            random.NextBytes(bytes);
            return bytes;
        }

        return Change(Pick(random, valid), random);
    }

    /// <summary>An input with a few changes.</summary>
    public byte[] Change(byte[] input, Random random)
    {
        for (var left = 1 << random.Next(3); left > 0; left--)
            input = ChangeOnce(input, random);
        return input;
    }

    private byte[] ChangeOnce(byte[] input, Random random)
    {
        var (start, end) = random.Next(3) switch
        {
            0 => AnyRange(input, random),
            1 => Word(input, random),
            _ => Element(input, random),
        };
        var part = input[start..end];
        return random.Next(9) switch
        {
            0 => Replace(input, start, end, Pick(random, words)),
            1 => Replace(input, start, start, Pick(random, words)),
            2 => Replace(input, start, end, []),
            3 => Replace(input, start, end, Repeat(part, random.Next(MaxBytesOfRepeats))),
            4 => Splice(input, start, random),
            5 => input[..start],
            6 => Replace(input, start, start, part),
            7 => SetByte(input, random, (byte)random.Next(256)),
            _ => SetByte(input, random, null),
        };
    }

    private static byte[] Repeat(byte[] part, int bytes)
    {
        var repeated = new byte[part.Length * (1 + bytes / Math.Max(1, part.Length))];
        for (var start = 0; start < repeated.Length; start += part.Length)
            part.CopyTo(repeated, start);
        return repeated;
    }

    private static byte[] SetByte(byte[] input, Random random, byte? value)
    {
        if (input.Length == 0)
            return input;
        byte[] changed = [.. input];
        ref var place = ref changed[random.Next(changed.Length)];
        place = value ?? (byte)(place ^ 1 << random.Next(8));
        return changed;
    }

    private byte[] Splice(byte[] input, int start, Random random)
    {
        var other = Pick(random, valid);
        var (from, to) = AnyRange(other, random);
        return Replace(input, start, start, other[from..to]);
    }

    private static (int Start, int End) AnyRange(byte[] input, Random random)
    {
        var start = random.Next(input.Length + 1);
        return (start, start + random.Next(Math.Min(input.Length - start, 64) + 1));
    }

    /// <summary>The letters and digits around a place.</summary>
    private static (int Start, int End) Word(byte[] input, Random random)
    {
        var start = random.Next(input.Length + 1);
        var end = start;
        while (start > 0 && IsInWord(input[start - 1]))
            start--;
        while (end < input.Length && IsInWord(input[end]))
            end++;
        return (start, end);
    }

    /// <summary>
    /// From a separator, with it or without, to one of the next: an element of a list, a property, a field, a line.
    /// </summary>
    private static (int Start, int End) Element(byte[] input, Random random)
    {
        var place = random.Next(input.Length + 1);
        var start = place + Math.Max(0, input.AsSpan(place).IndexOfAny(Separators));
        var end = start;
        for (var left = random.Next(1, MaxSeparators); left > 0 && end < input.Length; left--)
            end += 1 + (input.AsSpan(end + 1).IndexOfAny(Separators) is var next and >= 0 ? next : input.Length - end - 1);
        return (Math.Min(end, start + random.Next(2)), end);
    }

    private static bool IsInWord(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or >= 0x80;

    private static byte[] Replace(byte[] input, int start, int end, byte[] part) => [.. input[..start], .. part, .. input[end..]];

    private static T Pick<T>(Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];
}
