using System.Globalization;
using System.Runtime.InteropServices;

namespace IadNative.Onnx.Graph;

/// <summary>
/// A graph of the Open Neural Network Exchange while it is made: nodes in the order in which they run, constants, inputs and outputs.
/// Values are named t0, t1 and so on.
/// </summary>
internal sealed class OnnxGraph
{
    /// <summary>The length of a dimension that is free: as many as there are rows.</summary>
    public const long AnyRows = -1;

    /// <summary>The version of the file's format, and that of the operators, both of 2020: what runs them has known them since.</summary>
    public const int IrVersion = 7, Opset = 13;

    private const string RowsName = "rows";

    private readonly List<(string Operation, string[] Inputs, string[] Outputs, (string Name, object Value)[] Attributes)> _nodes = [];
    private readonly Dictionary<string, string> _outputNames = [];
    private readonly OnnxMessage _constants = new(), _inputs = new(), _outputs = new();
    private int _names;

    /// <summary>Declares what a caller gives.</summary>
    /// <returns>Its name.</returns>
    public string Input(string name, OnnxType type, params ReadOnlySpan<long> shape)
    {
        _inputs.Nested(11, Description(name, type, shape));
        return name;
    }

    /// <summary>Gives what a node has made the one name under which callers find it.</summary>
    public void Output(string value, string name, OnnxType type, params ReadOnlySpan<long> shape)
    {
        _outputNames.Add(value, name);
        _outputs.Nested(12, Description(name, type, shape));
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">Values; empty for an optional one that is left away.</param>
    /// <param name="attributes">Each a float, an integer, a text or integers.</param>
    /// <returns>The name of its output.</returns>
    public string Add(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Add(operation, inputs, 1, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    /// <returns>The names of its outputs.</returns>
    public string[] Add(
        string operation, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(_ => NextName())];
        _nodes.Add((operation, inputs.ToArray(), names, attributes.ToArray()));
        return names;
    }

    /// <summary>The value with elements of another type.</summary>
    public string Cast(string value, OnnxType type) => Add("Cast", [value], ("to", (int)type));

    /// <summary>Adds a constant; without a shape, a scalar.</summary>
    /// <returns>Its name.</returns>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) => Constant(OnnxType.Float, MemoryMarshal.AsBytes(values), shape);

    /// <inheritdoc cref="Constant(ReadOnlySpan{float}, ReadOnlySpan{long})"/>
    public string Constant(ReadOnlySpan<double> values, params ReadOnlySpan<long> shape) => Constant(OnnxType.Double, MemoryMarshal.AsBytes(values), shape);

    /// <inheritdoc cref="Constant(ReadOnlySpan{float}, ReadOnlySpan{long})"/>
    public string Constant(ReadOnlySpan<bool> values, params ReadOnlySpan<long> shape) => Constant(OnnxType.Bool, MemoryMarshal.AsBytes(values), shape);

    /// <inheritdoc cref="Constant(ReadOnlySpan{float}, ReadOnlySpan{long})"/>
    public string Constant(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) => Constant(OnnxType.Int64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant vector of integers, as shapes, axes and lengths are.</summary>
    public string Integers(params ReadOnlySpan<long> values) => Constant(values, values.Length);

    /// <summary>The file.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="producer">The program, and its version, that made it.</param>
    /// <param name="description">For people.</param>
    /// <param name="metadata">For programs.</param>
    public byte[] ToFile(
        string name, (string Name, string Version) producer, string description, params ReadOnlySpan<(string Key, string Value)> metadata)
    {
        // What is written into one message one after the other is one list: nodes, constants, inputs and outputs need not be taken apart.
        var nodes = new OnnxMessage();
        foreach ((string operation, string[] inputs, string[] outputs, (string, object)[] attributes) in _nodes)
            nodes.Nested(1, Node(operation, inputs, outputs, attributes));
        byte[] graph = [.. nodes.Content, .. new OnnxMessage().Text(2, name).Content, .. _constants.Content, .. _inputs.Content, .. _outputs.Content];
        OnnxMessage model = new OnnxMessage()
            .Integer(1, IrVersion)
            .Text(2, producer.Name)
            .Text(3, producer.Version)
            .Integer(5, 1)
            .Text(6, description)
            .Bytes(7, graph)
            .Nested(8, new OnnxMessage().Text(1, "").Integer(2, Opset));
        foreach ((string key, string value) in metadata) model.Nested(14, new OnnxMessage().Text(1, key).Text(2, value));
        return model.Content.ToArray();
    }

    private string Constant(OnnxType type, ReadOnlySpan<byte> values, ReadOnlySpan<long> shape)
    {
        string name = NextName();
        var tensor = new OnnxMessage();
        foreach (long length in shape) tensor.Integer(1, length);
        _constants.Nested(5, tensor.Integer(2, (int)type).Text(8, name).Bytes(9, values));
        return name;
    }

    private OnnxMessage Node(string operation, string[] inputs, string[] outputs, (string Name, object Value)[] attributes)
    {
        var node = new OnnxMessage();
        foreach (string input in inputs) node.Text(1, _outputNames.GetValueOrDefault(input, input));
        foreach (string output in outputs) node.Text(2, _outputNames.GetValueOrDefault(output, output));
        node.Text(4, operation);
        foreach ((string name, object value) in attributes) node.Nested(5, Attribute(name, value));
        return node;
    }

    private static OnnxMessage Attribute(string name, object value)
    {
        OnnxMessage message = new OnnxMessage().Text(1, name);
        return value switch
        {
            float number => message.Single(2, number).Integer(20, 1),
            int number => message.Integer(3, number).Integer(20, 2),
            string text => message.Text(4, text).Integer(20, 3),
            int[] numbers => numbers.Aggregate(message, (written, number) => written.Integer(8, number)).Integer(20, 7),
            _ => throw new ArgumentException($"{name} is a {value.GetType().Name}.", nameof(value)),
        };
    }

    private static OnnxMessage Description(string name, OnnxType type, ReadOnlySpan<long> shape)
    {
        var dimensions = new OnnxMessage();
        foreach (long length in shape)
            dimensions.Nested(1, length == AnyRows ? new OnnxMessage().Text(2, RowsName) : new OnnxMessage().Integer(1, length));
        OnnxMessage tensor = new OnnxMessage().Integer(1, (int)type).Nested(2, dimensions);
        return new OnnxMessage().Text(1, name).Nested(2, new OnnxMessage().Nested(1, tensor));
    }

    private string NextName() => string.Create(CultureInfo.InvariantCulture, $"t{_names++}");
}
