namespace GpuLstm.PtxDriver.Tests;

/// <summary>
/// A kernel that computes an element a thread of three: what its body has in <c>%rd1</c> to <c>%rd3</c>, with the low halves in
/// <c>%r1</c> to <c>%r3</c> and, as floats, <c>%f1</c> to <c>%f3</c> and <c>%fd1</c> to <c>%fd3</c>.
/// </summary>
internal static class ScalarKernel
{
    private const int WithAPartOfAWarp = 70;

    /// <summary>The text, with a body that leaves its result in a register.</summary>
    /// <param name="body">The instructions.</param>
    /// <param name="result">The register: <c>%r0</c>, <c>%rd0</c>, <c>%f0</c>, <c>%fd0</c> or <c>%p0</c>.</param>
    public static string Text(string body, string result) => $$"""
        .visible .entry kernel(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)
        {
            .reg .b16 %h<16>;
            .reg .b32 %r<32>;
            .reg .b64 %rd<32>;
            .reg .f32 %f<16>;
            .reg .f64 %fd<16>;
            .reg .pred %p<16>;
            mov.u32 %r30, %tid.x;
            mov.u32 %r31, %ctaid.x;
            mov.u32 %r29, %ntid.x;
            mad.lo.u32 %r30, %r31, %r29, %r30;
            mul.wide.u32 %rd30, %r30, 8;
            {{Input("a", 1)}}
            {{Input("b", 2)}}
            {{Input("c", 3)}}
            {{body}}
            {{Output(result)}}
            ld.param.u64 %rd29, [d];
            add.u64 %rd29, %rd29, %rd30;
            st.global.u64 [%rd29], %rd0;
            ret;
        }
        """;

    /// <summary>Runs it for each element, in groups whose last warp is not full unless a size is given.</summary>
    public static ulong[] Run(
        InterpretedDevice device, string body, string result, ulong[] a, ulong[] b, ulong[] c, int threads = WithAPartOfAWarp)
    {
        var groups = (a.Length + threads - 1) / threads;
        var d = device.Upload(new ulong[groups * threads]);
        var kernel = device.Load(Text(body, result));
        InterpretedDevice.Check(InterpretedDevice.Launch(kernel, groups, threads, 0, 0, Padded(a), Padded(b), Padded(c), d));
        InterpretedDevice.Check(InterpretedDevice.Synchronize());
        return device.Download<ulong>(d, a.Length);

        ulong Padded(ulong[] values)
        {
            var padded = new ulong[groups * threads];
            values.CopyTo(padded, 0);
            return device.Upload(padded);
        }
    }

    private static string Input(string parameter, int n) => $"""
        ld.param.u64 %rd29, [{parameter}];
        add.u64 %rd29, %rd29, %rd30;
        ld.global.u64 %rd{n}, [%rd29];
        cvt.u32.u64 %r{n}, %rd{n};
        mov.b32 %f{n}, %r{n};
        mov.b64 %fd{n}, %rd{n};
        """;

    private static string Output(string result) => result switch
    {
        "%r0" => "cvt.u64.u32 %rd0, %r0;",
        "%f0" => "mov.b32 %r0, %f0; cvt.u64.u32 %rd0, %r0;",
        "%fd0" => "mov.b64 %rd0, %fd0;",
        "%p0" => "selp.u64 %rd0, 1, 0, %p0;",
        _ => "",
    };
}
