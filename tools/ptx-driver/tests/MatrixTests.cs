using Xunit.Abstractions;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>
/// Products of matrices by warps against plain ones. Where an element lies is computed here from the tables of the PTX manual,
/// from the element's side: row and column give lane and register, where the interpreter goes from lane and register to row and
/// column.
/// </summary>
public sealed class MatrixTests(ITestOutputHelper output)
{
    private const int Rows = 16;
    private const int Columns = 8;
    private const int Lanes = 32;

    [Theory]
    [InlineData("m16n8k8", "tf32", 8, 1)]
    [InlineData("m16n8k4", "tf32", 4, 1)]
    [InlineData("m16n8k16", "bf16", 16, 2)]
    [InlineData("m16n8k8", "bf16", 8, 2)]
    [InlineData("m16n8k16", "f16", 16, 2)]
    public void Products(string shape, string type, int depth, int inWord)
    {
        var random = TestRandom.Create(output);
        using var device = new InterpretedDevice();
        var a = Fill(random, Rows * depth);
        var b = Fill(random, depth * Columns);
        var c = Fill(random, Rows * Columns);
        var words = depth / 4 / inWord; // of b in a lane
        var fragments = new uint[Lanes * 16]; // a, b and c of a lane
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < depth; k++)
                Put((row % 8 * 4) + (k / inWord % 4), (k / inWord / 4 * 2) + (row / 8), k % inWord, a[(row * depth) + k]);
            for (var column = 0; column < Columns; column++)
            {
                fragments[((row % 8 * 4) + (column / 2)) * 16 + 12 + (row / 8 * 2) + (column % 2)] =
                    BitConverter.SingleToUInt32Bits(c[(row * Columns) + column]);
            }
        }

        for (var k = 0; k < depth; k++)
        {
            for (var column = 0; column < Columns; column++)
                Put((column * 4) + (k / inWord % 4), 8 + (k / inWord / 4), k % inWord, b[(k * Columns) + column]);
        }

        var result = device.Upload(new float[Lanes * 4]);
        device.Run(Kernel(shape, type, words), Lanes, device.Upload(fragments), result);
        var d = device.Download<float>(result, Lanes * 4);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                var sum = (double)c[(row * Columns) + column];
                for (var k = 0; k < depth; k++)
                    sum += (double)a[(row * depth) + k] * b[(k * Columns) + column];
                Assert.Equal((float)sum, d[(((row % 8 * 4) + (column / 2)) * 4) + (row / 8 * 2) + (column % 2)]);
            }
        }

        void Put(int lane, int word, int part, float value)
        {
            var bits = BitConverter.SingleToUInt32Bits(value);
            fragments[(lane * 16) + word] |= type switch
            {
                "tf32" => bits | (uint)random.Next(1 << 13), // what lies below counts for nothing
                "bf16" => bits >> 16 << (16 * part),
                _ => (uint)BitConverter.HalfToUInt16Bits((Half)value) << (16 * part),
            };
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void Loads(int count, bool isTransposed)
    {
        var registers = string.Join(", ", Enumerable.Range(4, count).Select(n => $"%r{n}"));
        var stores = string.Concat(Enumerable.Range(0, count).Select(n => $"st.global.u32 [%rd4+{4 * n}], %r{4 + n};\n"));
        var kernel = $$"""
            .visible .entry kernel(.param .u64 in, .param .u64 out)
            {
                .shared .align 16 .b8 rows[512];
                .reg .b32 %r<16>;
                .reg .b64 %rd<16>;
                mov.u32 %r1, %tid.x;
                mul.wide.u32 %rd1, %r1, 16;
                ld.param.u64 %rd2, [in];
                add.u64 %rd2, %rd2, %rd1;
                ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd2];
                mov.b64 %rd3, rows;
                add.u64 %rd3, %rd3, %rd1;
                st.shared.v4.u32 [%rd3], {%r4, %r5, %r6, %r7};
                bar.sync 0;
                ldmatrix.sync.aligned.m8n8.x{{count}}{{(isTransposed ? ".trans" : "")}}.shared.b16 { {{registers}} }, [%rd3];
                ld.param.u64 %rd4, [out];
                add.u64 %rd4, %rd4, %rd1;
                {{stores}}
                ret;
            }
            """;
        var random = TestRandom.Create(output);
        using var device = new InterpretedDevice();
        var elements = Enumerable.Range(0, 256).Select(_ => (ushort)random.Next(1 << 16)).ToArray(); // [matrix, row, column]
        var result = device.Upload(new uint[Lanes * 4]);
        device.Run(kernel, Lanes, device.Upload(elements), result);
        var words = device.Download<uint>(result, Lanes * 4);
        for (var matrix = 0; matrix < count; matrix++)
        {
            for (var row = 0; row < 8; row++)
            {
                for (var column = 0; column < 8; column++)
                {
                    var (line, place) = isTransposed ? (column, row) : (row, column);
                    var word = words[(((line * 4) + (place / 2)) * 4) + matrix];
                    Assert.Equal(elements[(matrix * 64) + (row * 8) + column], (ushort)(word >> (16 * (place % 2))));
                }
            }
        }
    }

    // Halves of small whole numbers: exact in every type, as are their products' sums.
    private static float[] Fill(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(-64, 65) / 2f)];

    private static string Kernel(string shape, string type, int words)
    {
        var a = string.Join(", ", Enumerable.Range(0, 2 * words).Select(n => $"%r{n}"));
        var b = string.Join(", ", Enumerable.Range(8, words).Select(n => $"%r{n}"));
        return $$"""
            .visible .entry kernel(.param .u64 in, .param .u64 out)
            {
                .reg .b32 %r<16>;
                .reg .b64 %rd<8>;
                .reg .f32 %f<8>;
                mov.u32 %r0, %tid.x;
                mul.wide.u32 %rd1, %r0, 64;
                mul.wide.u32 %rd2, %r0, 16;
                ld.param.u64 %rd3, [in];
                add.u64 %rd3, %rd3, %rd1;
                ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%rd3];
                ld.global.v4.u32 {%r8, %r9, %r10, %r11}, [%rd3+32];
                ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%rd3+48];
                mma.sync.aligned.{{shape}}.row.col.f32.{{type}}.{{type}}.f32
                    {%f0, %f1, %f2, %f3}, { {{a}} }, { {{b}} }, {%f0, %f1, %f2, %f3};
                ld.param.u64 %rd4, [out];
                add.u64 %rd4, %rd4, %rd2;
                st.global.v4.f32 [%rd4], {%f0, %f1, %f2, %f3};
                ret;
            }
            """;
    }
}
