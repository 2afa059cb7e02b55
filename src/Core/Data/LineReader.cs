namespace GpuLstm.Data;
public sealed class LineReader(Stream s) { public string? ReadLine() { var b = new List<byte>(); int c; while ((c = s.ReadByte()) >= 0 && c != '\n') b.Add((byte)c); return c < 0 && b.Count == 0 ? null : System.Text.Encoding.UTF8.GetString(b.ToArray()); } }
