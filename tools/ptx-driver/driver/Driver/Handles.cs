namespace GpuLstm.PtxDriver.Driver;

/// <summary>The objects that programs hold by a number.</summary>
internal sealed class Handles
{
    private readonly Dictionary<nint, object> objects = [];
    private nint last = 0x1000;

    public nint Add(object value)
    {
        last += 0x10;
        objects.Add(last, value);
        return last;
    }

    /// <summary>The object of a handle; null if it is none of that sort.</summary>
    public T? Find<T>(nint handle)
        where T : class => objects.GetValueOrDefault(handle) as T;

    /// <summary>Takes an object out; null if the handle is none of that sort.</summary>
    public T? Remove<T>(nint handle)
        where T : class
    {
        if (Find<T>(handle) is not { } found)
            return null;
        objects.Remove(handle);
        return found;
    }

    /// <summary>Takes out whatever holds of an object.</summary>
    public void Remove(object value)
    {
        foreach (var (handle, _) in objects.Where(entry => ReferenceEquals(entry.Value, value)).ToList())
            objects.Remove(handle);
    }
}
