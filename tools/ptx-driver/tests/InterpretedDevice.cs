using System.Text;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>A context of the interpreter: loads modules, runs kernels, and frees everything at the end.</summary>
internal sealed unsafe class InterpretedDevice : IDisposable
{
    public const int InvalidValue = 1;
    public const int OutOfMemory = 2;
    public const int NoBinaryForGpu = 209;
    public const int InvalidPtx = 218;
    public const int IllegalAddress = 700;
    public const int MisalignedAddress = 716;
    public const int LaunchFailed = 719;

    private const int RegistersAttribute = 4;
    private const int DynamicSharedAttribute = 8;
    private const int ErrorLog = 5;
    private const int ErrorLogBytes = 6;
    private const string Header = ".version 8.0\n.target sm_80\n.address_size 64\n";

    private readonly nint context;
    private readonly List<ulong> allocations = [];

    public InterpretedDevice()
    {
        Check(((delegate* unmanaged[Cdecl]<uint, int>)InterpreterLibrary.Function("cuInit"))(0));
        nint created;
        Check(((delegate* unmanaged[Cdecl]<nint*, uint, int, int>)InterpreterLibrary.Function("cuCtxCreate_v2"))(&created, 0, 0));
        context = created;
    }

    /// <summary>Loads a module of one kernel without the header, which must be taken.</summary>
    /// <returns>The kernel, which must be called <c>kernel</c>.</returns>
    public nint Load(string ptx)
    {
        var error = TryLoad(ptx, out var module, out var log);
        Assert.True(error == 0, log);
        nint function;
        var moduleGetFunction =
            (delegate* unmanaged[Cdecl]<nint*, nint, byte*, int>)InterpreterLibrary.Function("cuModuleGetFunction");
        fixed (byte* name = "kernel\0"u8)
            Check(moduleGetFunction(&function, module, name));
        return function;
    }

    /// <summary>Loads a module, which may be without the header.</summary>
    /// <returns>The driver's error; what it says is in the log.</returns>
    public static int TryLoad(string ptx, out nint module, out string log)
    {
        var text = Encoding.UTF8.GetBytes((ptx.Contains(".version", StringComparison.Ordinal) ? ptx : Header + ptx) + '\0');
        var said = new byte[1024];
        nint loaded = 0;
        int error;
        fixed (byte* start = text, buffer = said)
        {
            var options = stackalloc int[] { ErrorLog, ErrorLogBytes };
            var values = stackalloc nint[] { (nint)buffer, said.Length };
            var moduleLoadDataEx = (
                delegate* unmanaged[Cdecl]<nint*, byte*, uint, int*, nint*,
                int>)InterpreterLibrary.Function("cuModuleLoadDataEx");
            error = moduleLoadDataEx(
                &loaded, start, 2, options, values);
        }

        module = loaded;
        log = Encoding.UTF8.GetString(said).TrimEnd('\0');
        return error;
    }

    /// <summary>Allocates memory with a content.</summary>
    public ulong Upload<T>(params ReadOnlySpan<T> content)
        where T : unmanaged
    {
        ulong address;
        var memAlloc = (delegate* unmanaged[Cdecl]<ulong*, long, int>)InterpreterLibrary.Function("cuMemAlloc_v2");
        Check(memAlloc(&address, (long)content.Length * sizeof(T)));
        allocations.Add(address);
        fixed (T* source = content)
            Check(Copy(address, (ulong)source, content.Length * sizeof(T), 0));
        return address;
    }

    /// <summary>Reads memory.</summary>
    public T[] Download<T>(ulong address, int length)
        where T : unmanaged
    {
        var content = new T[length];
        fixed (T* target = content)
            Check(Copy((ulong)target, address, length * sizeof(T), 0));
        return content;
    }

    public static int Copy(ulong target, ulong source, long bytes, nint stream) =>
        ((delegate* unmanaged[Cdecl]<ulong, ulong, long, nint, int>)InterpreterLibrary.Function("cuMemcpyAsync"))(
            target, source, bytes, stream);

    public static int Allocate(long bytes, out ulong address)
    {
        ulong allocated = 0;
        var memAlloc = (delegate* unmanaged[Cdecl]<ulong*, long, int>)InterpreterLibrary.Function("cuMemAlloc_v2");
        var error = memAlloc(&allocated, bytes);
        address = allocated;
        return error;
    }

    public static int Free(ulong address) =>
        ((delegate* unmanaged[Cdecl]<ulong, int>)InterpreterLibrary.Function("cuMemFree_v2"))(address);

    public static int AllowDynamicShared(nint kernel, int bytes) =>
        ((delegate* unmanaged[Cdecl]<nint, int, int, int>)InterpreterLibrary.Function("cuFuncSetAttribute"))(
            kernel, DynamicSharedAttribute, bytes);

    /// <summary>The registers of a kernel's thread.</summary>
    public static int Registers(nint kernel)
    {
        int registers;
        var funcGetAttribute =
            (delegate* unmanaged[Cdecl]<int*, int, nint, int>)InterpreterLibrary.Function("cuFuncGetAttribute");
        Check(funcGetAttribute(&registers, RegistersAttribute, kernel));
        return registers;
    }

    /// <summary>Launches a kernel with addresses as arguments.</summary>
    public static int Launch(
        nint kernel, int groups, int threads, int sharedBytes, nint stream, params ReadOnlySpan<ulong> arguments)
    {
        var values = stackalloc ulong[arguments.Length];
        var pointers = stackalloc ulong*[arguments.Length];
        for (var n = 0; n < arguments.Length; n++)
        {
            values[n] = arguments[n];
            pointers[n] = values + n;
        }

        var launchKernel =
            (delegate* unmanaged[Cdecl]<nint, int, int, int, int, int, int, int, nint, ulong**, nint, int>)
            InterpreterLibrary.Function("cuLaunchKernel");
        return launchKernel(kernel, groups, 1, 1, threads, 1, 1, sharedBytes, stream, pointers, 0);
    }

    public static int Synchronize() => ((delegate* unmanaged[Cdecl]<int>)InterpreterLibrary.Function("cuCtxSynchronize"))();

    /// <summary>Runs a kernel in one group, which must succeed.</summary>
    public void Run(string ptx, int threads, params ReadOnlySpan<ulong> arguments)
    {
        Check(Launch(Load(ptx), 1, threads, 0, 0, arguments));
        Check(Synchronize());
    }

    /// <summary>Runs a kernel in one group.</summary>
    /// <returns>What waiting for it gives.</returns>
    public int Fail(string ptx, int threads, params ReadOnlySpan<ulong> arguments)
    {
        Check(Launch(Load(ptx), 1, threads, 0, 0, arguments));
        return Synchronize();
    }

    public static void Check(int error) => Assert.True(error == 0, $"error {error}: {InterpreterLibrary.LastMessage()}");

    public void Dispose()
    {
        foreach (var address in allocations)
            _ = Free(address);
        Check(((delegate* unmanaged[Cdecl]<nint, int>)InterpreterLibrary.Function("cuCtxDestroy_v2"))(context));
    }
}
