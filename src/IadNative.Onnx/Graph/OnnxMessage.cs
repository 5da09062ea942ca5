using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace IadNative.Onnx.Graph;

/// <summary>One message of a protocol buffer, written field by field; the numbers of the fields are those of onnx.proto.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Both streams are memory and nothing else.")]
internal sealed class OnnxMessage
{
    private readonly MemoryStream _stream = new();
    private readonly CodedOutputStream _output;

    public OnnxMessage() => _output = new CodedOutputStream(_stream, leaveOpen: true);

    public OnnxMessage Integer(int field, long value)
    {
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteInt64(value);
        return this;
    }

    public OnnxMessage Single(int field, float value)
    {
        _output.WriteTag(field, WireFormat.WireType.Fixed32);
        _output.WriteFloat(value);
        return this;
    }

    public OnnxMessage Text(int field, string value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteString(value);
        return this;
    }

    public OnnxMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteLength(value.Length);
        _output.Flush();
        _stream.Write(value);
        return this;
    }

    public OnnxMessage Nested(int field, OnnxMessage message) => Bytes(field, message.Content);

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            _output.Flush();
            return _stream.GetBuffer().AsSpan(0, (int)_stream.Length);
        }
    }
}
