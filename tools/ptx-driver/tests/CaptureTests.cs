namespace GpuLstm.PtxDriver.Tests;

/// <summary>
/// Recording a stream: what is queued runs when the graph is launched, and what could wait for it spoils the recording.
/// </summary>
public sealed unsafe class CaptureTests
{
    private const int Unsupported = 900;
    private const int Invalidated = 901;
    private const int Implicit = 906;
    private const int Global = 0;
    private const int Relaxed = 2;
    private const uint Blocking = 0;
    private const uint NonBlocking = 1;

    private const string Increment = """
        .visible .entry kernel(.param .u64 word, .param .u64 amount)
        {
            .reg .b32 %r<4>;
            .reg .b64 %rd<4>;
            ld.param.u64 %rd1, [word];
            ld.param.u64 %rd2, [amount];
            cvt.u32.u64 %r1, %rd2;
            ld.global.u32 %r2, [%rd1];
            add.u32 %r2, %r2, %r1;
            st.global.u32 [%rd1], %r2;
            ret;
        }
        """;

    [Fact]
    public void A_graph_runs_what_was_recorded_each_time_it_is_launched()
    {
        using var device = new InterpretedDevice();
        var kernel = device.Load(Increment);
        var words = device.Upload(1, 0);
        var stream = CreateStream(NonBlocking);
        InterpretedDevice.Check(BeginCapture(stream, Global));
        Assert.Equal(1, CaptureStatus(stream));
        InterpretedDevice.Check(InterpretedDevice.Launch(kernel, 1, 1, 0, stream, words, 3));
        InterpretedDevice.Check(InterpretedDevice.Copy(words + 4, words, 4, stream));
        InterpretedDevice.Check(Fill(words + 4, 0x11, 1, stream));
        InterpretedDevice.Check(InterpretedDevice.Launch(kernel, 1, 1, 0, stream, words, 5));
        InterpretedDevice.Check(EndCapture(stream, out var graph));
        Assert.Equal(0, CaptureStatus(stream));
        Assert.Equal([1, 0], device.Download<int>(words, 2)); // nothing has run

        Assert.Equal(4, CountNodes(graph));
        InterpretedDevice.Check(Instantiate(graph, out var executable));
        InterpretedDevice.Check(Call("cuGraphDestroy", graph));
        var graphLaunch = (delegate* unmanaged[Cdecl]<nint, nint, int>)InterpreterLibrary.Function("cuGraphLaunch");
        for (var round = 0; round < 3; round++)
            InterpretedDevice.Check(graphLaunch(executable, stream));
        InterpretedDevice.Check(Call("cuStreamSynchronize", stream));
        Assert.Equal([25, 0x11], device.Download<int>(words, 2));
        InterpretedDevice.Check(Call("cuGraphExecDestroy", executable));
        InterpretedDevice.Check(Call("cuStreamDestroy_v2", stream));
    }

    [Theory]
    [InlineData("cuCtxSynchronize")]
    [InlineData("cuStreamSynchronize")]
    [InlineData("cuStreamQuery")]
    [InlineData("cuMemAlloc")]
    [InlineData("cuMemFree")]
    public void What_waits_for_the_device_spoils_a_recording(string call)
    {
        using var device = new InterpretedDevice();
        var kernel = device.Load(Increment);
        var word = device.Upload(1);
        var stream = CreateStream(NonBlocking);
        InterpretedDevice.Check(BeginCapture(stream, Global));
        var error = call switch
        {
            "cuCtxSynchronize" => InterpretedDevice.Synchronize(),
            "cuMemAlloc" => InterpretedDevice.Allocate(16, out _),
            "cuMemFree" => InterpretedDevice.Free(word),
            _ => Call(call, stream),
        };
        Assert.Equal(Unsupported, error);
        Assert.Equal(2, CaptureStatus(stream));
        Assert.Equal(Invalidated, InterpretedDevice.Launch(kernel, 1, 1, 0, stream, word, 3));
        Assert.Equal(Invalidated, EndCapture(stream, out var graph));
        Assert.Equal(0, graph);
        InterpretedDevice.Check(InterpretedDevice.Launch(kernel, 1, 1, 0, stream, word, 3)); // the stream is as it was before
        Assert.Equal([4], device.Download<int>(word, 1));
    }

    [Fact]
    public void A_relaxed_recording_lets_memory_be_allocated()
    {
        using var device = new InterpretedDevice();
        var stream = CreateStream(NonBlocking);
        InterpretedDevice.Check(BeginCapture(stream, Relaxed));
        InterpretedDevice.Check(InterpretedDevice.Allocate(16, out var address));
        InterpretedDevice.Check(EndCapture(stream, out var graph));
        InterpretedDevice.Check(InterpretedDevice.Free(address));
        Assert.Equal(0, CountNodes(graph));
    }

    [Fact]
    public void The_legacy_stream_cannot_be_recorded_and_spoils_a_blocking_stream()
    {
        using var device = new InterpretedDevice();
        var kernel = device.Load(Increment);
        var word = device.Upload(1);
        Assert.Equal(Unsupported, BeginCapture(0, Global));
        var stream = CreateStream(Blocking);
        InterpretedDevice.Check(BeginCapture(stream, Relaxed));
        Assert.Equal(Implicit, InterpretedDevice.Launch(kernel, 1, 1, 0, 0, word, 3));
        Assert.Equal(Invalidated, EndCapture(stream, out _));

        var apart = CreateStream(NonBlocking);
        InterpretedDevice.Check(BeginCapture(apart, Relaxed));
        InterpretedDevice.Check(InterpretedDevice.Launch(kernel, 1, 1, 0, 0, word, 3));
        InterpretedDevice.Check(EndCapture(apart, out _));
        Assert.Equal([4], device.Download<int>(word, 1));
    }

    private static nint CreateStream(uint flags)
    {
        nint stream;
        var streamCreate = (delegate* unmanaged[Cdecl]<nint*, uint, int>)InterpreterLibrary.Function("cuStreamCreate");
        InterpretedDevice.Check(streamCreate(&stream, flags));
        return stream;
    }

    private static int BeginCapture(nint stream, int mode) =>
        ((delegate* unmanaged[Cdecl]<nint, int, int>)InterpreterLibrary.Function("cuStreamBeginCapture_v2"))(stream, mode);

    private static int EndCapture(nint stream, out nint graph)
    {
        nint recorded;
        var streamEndCapture = (delegate* unmanaged[Cdecl]<nint, nint*, int>)InterpreterLibrary.Function("cuStreamEndCapture");
        var error = streamEndCapture(stream, &recorded);
        graph = recorded;
        return error;
    }

    private static int CaptureStatus(nint stream)
    {
        int status;
        var streamIsCapturing = (delegate* unmanaged[Cdecl]<nint, int*, int>)InterpreterLibrary.Function("cuStreamIsCapturing");
        InterpretedDevice.Check(streamIsCapturing(stream, &status));
        return status;
    }

    private static int Instantiate(nint graph, out nint executable)
    {
        nint instantiated;
        var graphInstantiateWithFlags =
            (delegate* unmanaged[Cdecl]<nint*, nint, ulong, int>)InterpreterLibrary.Function("cuGraphInstantiateWithFlags");
        var error = graphInstantiateWithFlags(&instantiated, graph, 0);
        executable = instantiated;
        return error;
    }

    private static long CountNodes(nint graph)
    {
        long count;
        var graphGetNodes = (delegate* unmanaged[Cdecl]<nint, nint*, long*, int>)InterpreterLibrary.Function("cuGraphGetNodes");
        InterpretedDevice.Check(graphGetNodes(graph, null, &count));
        return count;
    }

    private static int Fill(ulong address, byte value, long count, nint stream) =>
        ((delegate* unmanaged[Cdecl]<ulong, byte, long, nint, int>)InterpreterLibrary.Function("cuMemsetD8Async"))(
            address, value, count, stream);

    private static int Call(string function, nint handle) =>
        ((delegate* unmanaged[Cdecl]<nint, int>)InterpreterLibrary.Function(function))(handle);
}
