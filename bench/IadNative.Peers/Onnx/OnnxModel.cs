using Google.Protobuf;

namespace IadNative.Peers.Onnx;

/// <summary>
/// Writes a model of the Open Neural Network Exchange as protocol buffers, field by field (onnx.proto): a graph of float32 with
/// one input and one output.
/// </summary>
internal sealed class OnnxModel
{
    private const int IrVersion = 8, Opset = 13;
    private const int FloatType = 1, Int64Type = 7;

    private readonly List<byte[]> _nodes = [], _initializers = [];
    private int _names;

    /// <summary>Adds a node with one output.</summary>
    /// <returns>The name of its output.</returns>
    public string Add(
        string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Add(operation, inputs, 1, attributes)[0];

    /// <summary>Adds a node.</summary>
    /// <returns>The names of its outputs.</returns>
    public string[] Add(
        string operation, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => NextName())];
        var node = new Message();
        foreach (string input in inputs) node.Text(1, input);
        foreach (string output in names) node.Text(2, output);
        node.Text(4, operation);
        foreach ((string name, object value) in attributes) node.Bytes(5, Attribute(name, value));
        _nodes.Add(node.ToArray());
        return names;
    }

    /// <summary>Adds a constant tensor.</summary>
    /// <returns>Its name.</returns>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Constant(FloatType, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds a constant vector.</summary>
    /// <returns>Its name.</returns>
    public string Constant(params ReadOnlySpan<long> values) =>
        Constant(Int64Type, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), [values.Length]);

    /// <summary>The file.</summary>
    public byte[] ToArray(string input, long[] inputShape, string output, long[] outputShape)
    {
        var graph = new Message();
        foreach (byte[] node in _nodes) graph.Bytes(1, node);
        graph.Text(2, "score");
        foreach (byte[] initializer in _initializers) graph.Bytes(5, initializer);
        graph.Bytes(11, ValueInfo(input, inputShape));
        graph.Bytes(12, ValueInfo(output, outputShape));
        return new Message()
            .Integer(1, IrVersion)
            .Bytes(8, new Message().Text(1, "").Integer(2, Opset).ToArray())
            .Bytes(7, graph.ToArray())
            .ToArray();
    }

    private string Constant(int type, ReadOnlySpan<byte> values, ReadOnlySpan<long> shape)
    {
        string name = NextName();
        var tensor = new Message();
        foreach (long length in shape) tensor.Integer(1, length);
        _initializers.Add(tensor.Integer(2, type).Text(8, name).Bytes(9, values).ToArray());
        return name;
    }

    private static byte[] Attribute(string name, object value) => value switch
    {
        float number => new Message().Text(1, name).Single(2, number).Integer(20, 1).ToArray(),
        int number => new Message().Text(1, name).Integer(3, number).Integer(20, 2).ToArray(),
        int[] numbers => numbers.Aggregate(new Message().Text(1, name), (message, number) => message.Integer(8, number))
            .Integer(20, 7).ToArray(),
        _ => throw new ArgumentException($"{name} is a {value.GetType().Name}.", nameof(value)),
    };

    private static byte[] ValueInfo(string name, long[] shape)
    {
        var dimensions = new Message();
        foreach (long length in shape) dimensions.Bytes(1, new Message().Integer(1, length).ToArray());
        byte[] tensor = new Message().Integer(1, FloatType).Bytes(2, dimensions.ToArray()).ToArray();
        return new Message().Text(1, name).Bytes(2, new Message().Bytes(1, tensor).ToArray()).ToArray();
    }

    private string NextName() => $"t{_names++}";

    /// <summary>One message of a protocol buffer.</summary>
    private sealed class Message
    {
        private readonly MemoryStream _stream = new();
        private readonly CodedOutputStream _output;

        public Message() => _output = new CodedOutputStream(_stream);

        public Message Integer(int field, long value)
        {
            _output.WriteTag(field, WireFormat.WireType.Varint);
            _output.WriteInt64(value);
            return this;
        }

        public Message Single(int field, float value)
        {
            _output.WriteTag(field, WireFormat.WireType.Fixed32);
            _output.WriteFloat(value);
            return this;
        }

        public Message Text(int field, string value)
        {
            _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            _output.WriteString(value);
            return this;
        }

        public Message Bytes(int field, ReadOnlySpan<byte> value)
        {
            _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            _output.WriteBytes(ByteString.CopyFrom(value));
            return this;
        }

        public byte[] ToArray()
        {
            _output.Flush();
            return _stream.ToArray();
        }
    }
}
