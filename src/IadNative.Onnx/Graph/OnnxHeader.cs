using System.Globalization;
using Google.Protobuf;

namespace IadNative.Onnx.Graph;

/// <summary>What a model file says of itself, read field by field; the numbers of the fields are those of onnx.proto.</summary>
internal sealed record OnnxHeader
{
    // Inputs, outputs, dimensions of one, entries of metadata: models of this library have a few.
    private const int Most = 100;

    public string Producer { get; private set; } = "";

    public long IrVersion { get; private set; }

    public long Opset { get; private set; }

    public int Nodes { get; private set; }

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none, or damaged.</exception>
    /// <exception cref="FormatException">It is none of this library's.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public static OnnxHeader Read(Stream stream)
    {
        var header = new OnnxHeader();
        string version = "";
        using var input = new CodedInputStream(stream, leaveOpen: true);
        Each(input, field =>
        {
            switch (field)
            {
                case 1: header.IrVersion = input.ReadInt64(); return true;
                case 2: header.Producer = input.ReadString(); return true;
                case 3: version = input.ReadString(); return true;
                case 7: header.ReadGraph(input); return true;
                case 8: header.ReadOperators(Message(input)); return true;
                case 14: header.ReadEntry(Message(input)); return true;
                default: return false;
            }
        });
        header.Producer = $"{header.Producer} {version}".Trim();
        return header;
    }

    // In place: weights are passed over and not taken into memory.
    private void ReadGraph(CodedInputStream input)
    {
        long end = input.ReadLength() is var length && length >= 0 ? input.Position + length : throw new FormatException("a length is negative");
        while (input.Position < end && input.ReadTag() is var tag && tag != 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    Nodes++;
                    input.SkipLastField();
                    break;
                case 11: Add(Inputs, ReadValue(Message(input))); break;
                case 12: Add(Outputs, ReadValue(Message(input))); break;
                default: input.SkipLastField(); break;
            }
        }

        if (input.Position != end) throw new FormatException("the graph does not end where it says");
    }

    private static void Add(List<string> list, string item)
    {
        if (list.Count == Most) throw new FormatException($"it has more than {Most} values of a kind");
        list.Add(item);
    }

    // There may be operators of several domains; the plain ones have none.
    private void ReadOperators(CodedInputStream input)
    {
        (string domain, long version) = ("", 0);
        Each(input, field =>
        {
            switch (field)
            {
                case 1: domain = input.ReadString(); return true;
                case 2: version = input.ReadInt64(); return true;
                default: return false;
            }
        });
        if (domain.Length == 0) Opset = version;
    }

    private void ReadEntry(CodedInputStream input)
    {
        (string key, string value) = ("", "");
        Each(input, field =>
        {
            switch (field)
            {
                case 1: key = input.ReadString(); return true;
                case 2: value = input.ReadString(); return true;
                default: return false;
            }
        });
        if (Metadata.Count == Most) throw new FormatException($"it has more than {Most} entries of metadata");
        Metadata[key] = value;
    }

    private static string ReadValue(CodedInputStream input)
    {
        (string name, string type) = ("", "");
        Each(input, field =>
        {
            switch (field)
            {
                case 1: name = input.ReadString(); return true;
                case 2: type = ReadType(Message(input)); return true;
                default: return false;
            }
        });
        return $"{name}: {type}";
    }

    private static string ReadType(CodedInputStream input)
    {
        string type = "of no tensor";
        Each(input, field =>
        {
            if (field != 1) return false;
            type = ReadTensor(Message(input));
            return true;
        });
        return type;
    }

    private static string ReadTensor(CodedInputStream input)
    {
        long type = 0;
        var shape = new List<string>();
        Each(input, field =>
        {
            switch (field)
            {
                case 1: type = input.ReadInt64(); return true;
                case 2:
                    CodedInputStream dimensions = Message(input);
                    Each(dimensions, dimension =>
                    {
                        if (dimension != 1) return false;
                        Add(shape, ReadDimension(Message(dimensions)));
                        return true;
                    });
                    return true;
                default: return false;
            }
        });
        string name = (OnnxType)type switch
        {
            OnnxType.Float => "float32",
            OnnxType.Double => "float64",
            OnnxType.Int64 => "int64",
            OnnxType.Bool => "bool",
            _ => string.Create(CultureInfo.InvariantCulture, $"type {type}"),
        };
        return $"{name} [{string.Join(", ", shape)}]";
    }

    private static string ReadDimension(CodedInputStream input)
    {
        string length = "?";
        Each(input, field =>
        {
            switch (field)
            {
                case 1: length = input.ReadInt64().ToString(CultureInfo.InvariantCulture); return true;
                case 2: length = input.ReadString(); return true;
                default: return false;
            }
        });
        return length;
    }

    // Calls for every field of a message; one that is not read is passed over.
    private static void Each(CodedInputStream input, Func<int, bool> read)
    {
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (!read(WireFormat.GetTagFieldNumber(tag))) input.SkipLastField();
        }
    }

    private static CodedInputStream Message(CodedInputStream input) => input.ReadBytes().CreateCodedInput();
}
