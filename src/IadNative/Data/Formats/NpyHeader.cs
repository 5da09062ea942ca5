using System.Globalization;
using IadNative.Messages;

namespace IadNative.Data.Formats;

/// <summary>
/// An NPY header: a Python dictionary with the keys descr (the type), fortran_order and shape, for example
/// <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 4), }</c>.
/// </summary>
internal sealed record NpyHeader(NumberFormat Format, bool FortranOrder, long[] Shape)
{
    /// <summary>Parses the dictionary.</summary>
    /// <exception cref="DataFormatException">It is none, or asks for what cannot be read.</exception>
    public static NpyHeader Parse(string text, ContentStream content, ReaderLimits limits)
    {
        var cursor = new Cursor(text, content);
        NumberFormat? format = null;
        bool? fortran = null;
        long[]? shape = null;
        cursor.Expect('{');
        while (!cursor.TryTake('}'))
        {
            string key = cursor.TakeString();
            cursor.Expect(':');
            switch (key)
            {
                case "descr":
                    format = ParseType(cursor, content);
                    break;
                case "fortran_order":
                    fortran = cursor.TakeWord() switch { "True" => true, "False" => false, _ => throw cursor.Error() };
                    break;
                case "shape":
                    shape = ParseShape(cursor, limits);
                    break;
                default:
                    throw cursor.Error();
            }
            if (!cursor.TryTake(','))
            {
                cursor.Expect('}');
                break;
            }
        }
        if (format == null || fortran == null || shape == null)
            throw cursor.Error();
        return new NpyHeader(format.Value, fortran.Value, shape);
    }

    private static NumberFormat ParseType(Cursor cursor, ContentStream content)
    {
        string type = cursor.AtString ? cursor.TakeString() : "a structure of several";
        NumberKind? kind = (type.Length < 2 ? "" : type[1..]) switch
        {
            "b1" => NumberKind.Bool,
            "i1" => NumberKind.Int8,
            "i2" => NumberKind.Int16,
            "i4" => NumberKind.Int32,
            "i8" => NumberKind.Int64,
            "u1" => NumberKind.UInt8,
            "u2" => NumberKind.UInt16,
            "u4" => NumberKind.UInt32,
            "u8" => NumberKind.UInt64,
            "f2" => NumberKind.Float16,
            "f4" => NumberKind.Float32,
            "f8" => NumberKind.Float64,
            _ => null,
        };
        if (kind == null || !"<>=|".Contains(type[0], StringComparison.Ordinal))
            throw content.Error($"the array's type {ForeignText.Quote(type)} cannot be read; bool, f2, f4, f8, i1 to i8 and u1 to " +
                "u8 can. Convert it first, for example with astype('float32')");
        return new NumberFormat(kind.Value, type[0] == '>' || type[0] == '=' && !BitConverter.IsLittleEndian);
    }

    private static long[] ParseShape(Cursor cursor, ReaderLimits limits)
    {
        var shape = new List<long>();
        cursor.Expect('(');
        while (!cursor.TryTake(')'))
        {
            // Python 2 wrote long integers with an L.
            if (shape.Count == limits.Dimensions || !long.TryParse(cursor.TakeWord().TrimEnd('L'), NumberStyles.None,
                CultureInfo.InvariantCulture, out long length))
                throw cursor.Error();
            shape.Add(length);
            if (!cursor.TryTake(','))
            {
                cursor.Expect(')');
                break;
            }
        }
        return [.. shape];
    }

    /// <summary>A place in the text; spaces are passed over before every token.</summary>
    private sealed class Cursor(string text, ContentStream content)
    {
        private int _at;

        public bool AtString
        {
            get
            {
                SkipSpaces();
                return _at < text.Length && text[_at] is '\'' or '"';
            }
        }

        public bool TryTake(char expected)
        {
            SkipSpaces();
            if (_at >= text.Length || text[_at] != expected)
                return false;
            _at++;
            return true;
        }

        public void Expect(char expected)
        {
            if (!TryTake(expected))
                throw Error();
        }

        public string TakeString()
        {
            if (!AtString)
                throw Error();
            int end = text.IndexOf(text[_at], _at + 1);
            if (end < 0)
                throw Error();
            string taken = text[(_at + 1)..end];
            _at = end + 1;
            return taken;
        }

        public string TakeWord()
        {
            SkipSpaces();
            int start = _at;
            while (_at < text.Length && char.IsAsciiLetterOrDigit(text[_at]))
                _at++;
            return text[start.._at];
        }

        public DataFormatException Error() => content.Error(
            $"the NPY header is not understood at its character {_at + 1}; it is damaged or has unknown fields. Save it again");

        private void SkipSpaces()
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
        }
    }
}
